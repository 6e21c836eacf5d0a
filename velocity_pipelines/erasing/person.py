"""Who a person is in the data: the keys of their records, texts that name them, tokens by which they are known again.

Not here: in which rows they stand (`velocity_pipelines.erasing.plan`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl
from sqlalchemy import Connection, select

from identity.accounts import derived_accounts
from identity.recognition import full_name, key_tokens, tokens
from resources.decisions import Override
from resources.tables import HISTORY, CanonicalId, Crosswalk, RecordHome

LEAST = 5  # characters of a text that is looked for inside others


def ids_of(connection: Connection, canonical_id: str) -> list[str]:
    """An id and all that lead to it."""
    leads = dict(connection.execute(select(CanonicalId.id, CanonicalId.to).where(CanonicalId.to.is_not(None))).all())
    return sorted({canonical_id, *(name for name in leads if _end(leads, name) == canonical_id)})


def keys_of(connection: Connection, ids: list[str]) -> set[str]:
    """The records of ids, and those gone since whose home they are."""
    worn = connection.execute(select(Crosswalk.key).where(Crosswalk.canonical_id.in_(ids))).scalars()
    is_gone = RecordHome.key.not_in(select(Crosswalk.key))
    gone = connection.execute(select(RecordHome.key).where(RecordHome.home.in_(ids), is_gone)).scalars()
    return {*worn, *gone}


def stood(connection: Connection, own: set[str], ids: list[str]) -> list[tuple[str, int, int]]:
    """Which other contacts wore one of these records once: by id, from which version to before which."""
    walk = HISTORY["crosswalk"].c
    theirs = (walk.key.in_(own), walk.entity == "contact", walk.canonical_id.not_in(ids))
    query = select(walk.canonical_id, walk.version, walk.ended).where(*theirs).distinct()
    return [tuple(row) for row in connection.execute(query.order_by(walk.canonical_id, walk.version, walk.ended))]


def _end(leads: dict[str, str | None], name: str) -> str:
    while (to := leads.get(name)) is not None:
        name = to
    return name


def as_set(contacts: pl.DataFrame, said: Iterable[Override]) -> pl.DataFrame:
    """Contacts, and beside each what it became by every value that people set on it."""
    wanted = [one for one in said if one.entity == "contact" and one.field in contacts.columns]
    now = contacts.filter(pl.col("key").is_in([one.key for one in wanted]))
    made = [contacts]
    for one in wanted:
        dtype, is_of = contacts.schema[one.field], pl.col("key") == one.key
        value = pl.lit(pl.Series([[one.value]] if isinstance(dtype, pl.List) else [one.value], dtype=dtype))
        now = now.with_columns(pl.when(is_of).then(value.first()).otherwise(one.field).alias(one.field))
        made.append(now.filter(is_of))
    return pl.concat(made)


def names_of(contacts: pl.DataFrame) -> set[str]:
    """The whole names of contacts, as they are written."""
    whole = pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True)
    return _long(contacts.select(x=full_name())["x"], contacts.select(x=whole)["x"])


def marks_of(contacts: pl.DataFrame) -> set[str]:
    """Their addresses, numbers and pages: texts that nobody else has by chance."""
    lists = [contacts[name].explode().drop_nulls() for name in ("email", "phone")]
    return _long(*lists, contacts["national_id"], contacts["linkedin_url"])


def _long(*texts: pl.Series) -> set[str]:
    return {text for some in texts for text in some.drop_nulls() if len(text) >= LEAST}


def alone(own: set[str], others: set[str]) -> set[str]:
    """Those of the texts that nobody else has: a switchboard is nobody, and a namesake is somebody else."""
    shared = {text.lower() for text in others}
    return {text for text in own if text.lower() not in shared}


def telling_ids(keys: Iterable[str]) -> set[str]:
    """Ids of contacts in their sources that say something by themselves, as an address does; no plain numbers."""
    ids = {source_id for _, entity, source_id in (key.split(":", 2) for key in keys) if entity == "contact"}
    return {one for one in ids if len(one) >= LEAST and not one.isdecimal()}


def among_ids(contacts: pl.DataFrame, ids: set[str]) -> set[str]:
    """Those of the ids that contacts have in their sources."""
    return set(contacts.filter(pl.col("source_id").str.to_lowercase().is_in([one.lower() for one in ids]))["source_id"])


def derived_only(contacts: pl.DataFrame, versions: pl.DataFrame) -> set[str]:
    """Keys of accounts that only these record versions told of."""
    others = contacts.join(versions.select("batch", "line"), on=["batch", "line"], how="anti")
    return set(derived_accounts(versions)["key"]) - set(derived_accounts(others)["key"])


def known_by(versions: pl.DataFrame, others: pl.DataFrame, keys: Collection[str]) -> pl.Series:
    """Tokens of the person and of all record keys; no value that somebody else has too."""
    own, shared = (_tokens(frame) for frame in (versions, others))
    of_keys = key_tokens(pl.Series(sorted(keys), dtype=pl.String))
    return pl.concat([own.filter(~own.is_in(shared.implode())), of_keys]).unique().sort()


def _tokens(contacts: pl.DataFrame) -> pl.Series:
    return tokens(contacts.with_row_index("number"), "contact", "number")["token"].unique()
