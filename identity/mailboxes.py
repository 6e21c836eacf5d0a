"""E-mail addresses as they are compared: whose mailbox it is, however its owner writes it.

Tags (`ann+crm@`) are no part of a mailbox, nor are dots where a provider does not see them; some providers have several
domains. Mailboxes of a role (`info@`) identify nobody, and free mail providers are nobody's company.

Not here: cleaning for display (`identity.standardise`); the address as written stays in the record.
"""

from __future__ import annotations

import polars as pl

from identity.distinct import by_value, exploded, listed
from identity.hosts import registered
from identity.words import DOTLESS, FREE_MAIL, HYPHEN_TAGS, MAILBOX_OF, ROLE_MAILBOXES

READ = ("mailbox", "handle", "host", "unnumbered", "company")


def mailbox_features(addresses: pl.Series, site: pl.Series) -> pl.DataFrame:
    """`emails`: personal mailboxes; `handles`: their local parts that hold a digit, which say more than the usual
    `first.last`; `hosts`: where they are; `unnumbered`: those of companies without figures before the `@`, which two
    namesakes in one company have in common; `domains`: of the company, as given (`site`) or of addresses that no
    free provider gave. Sorted lists.
    """
    long = exploded(addresses)
    read = long.select("row", read=by_value(long["value"], _read)).unnest("read")
    sites = site.alias("company").to_frame().with_row_index("row").select("row", registered(_lower("company")))
    companies = pl.concat([sites.drop_nulls(), read.select("row", "company").drop_nulls()])
    return pl.DataFrame(
        {
            "emails": listed(read["row"], read["mailbox"], site.len()),
            "domains": listed(companies["row"], companies["company"], site.len()),
            "handles": listed(read["row"], read["handle"], site.len()),
            "hosts": listed(read["row"], read["host"], site.len()),
            "unnumbered": listed(read["row"], read["unnumbered"], site.len()),
        }
    )


def _lower(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase()


def _read(addresses: pl.Series) -> pl.Series:
    """A struct READ of each distinct address: `mailbox` null where it is a role's, `company` where it is free mail."""
    parts = addresses.str.to_lowercase().str.splitn("@", 2).struct.rename_fields(["local", "host"]).struct.unnest()
    parts = parts.hstack(by_value(parts["host"], _host).struct.unnest()).with_columns(_without_tag(parts["local"]))
    local = pl.col("local")
    bare = pl.when("hyphens").then(local.str.replace(r"(.)-.*$", "$1")).otherwise(local)
    bare = pl.when("dotless").then(bare.str.replace_all(".", "", literal=True)).otherwise(bare)
    parts = parts.with_columns(bare)
    theirs = (local != "") & ~local.is_in(ROLE_MAILBOXES)
    handle = pl.when(theirs & local.str.contains(r"\d")).then("local")
    mailbox = pl.when(theirs).then(local + "@" + pl.col("box"))
    bare = local.str.replace_all(r"\d", "")
    given = pl.when(theirs & pl.col("company").is_not_null() & (bare != "")).then(bare + "@" + pl.col("box"))
    host = pl.when(theirs).then("box")
    made = parts.with_columns(mailbox=mailbox, handle=handle, host=host, unnumbered=given)
    return made.select(pl.struct(list(READ))).to_series()


def _without_tag(local: pl.Series) -> pl.Series:
    tagged = local.str.contains("+", literal=True).fill_null(False).arg_true()
    return local.scatter(tagged, local.gather(tagged).str.replace(r"\+.*$", "")) if len(tagged) else local


def _host(hosts: pl.Series) -> pl.Series:
    """What is known of each distinct host: the one of its mailboxes, the company's domain, and how tags are written."""
    host, provider, label = pl.col("host"), pl.col("company"), pl.col("label")
    known = hosts.alias("host").to_frame().with_columns(host.replace(MAILBOX_OF), company=registered(host))
    known = known.with_columns(label=provider.str.extract(r"^([^.]+)"))
    free = label.is_in(FREE_MAIL) | provider.is_in(FREE_MAIL)
    hyphens, dotless = label.is_in(HYPHEN_TAGS), host.is_in(DOTLESS)
    company = pl.when(~free).then(provider)
    return known.select(pl.struct(box=host, company=company, hyphens=hyphens, dotless=dotless)).to_series()
