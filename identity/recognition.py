"""By what an erased person is known again: identifying values as tokens, which are kept as keyed hashes only.

A token is `kind NUL value`: record keys (its own, and of a deal or touch those of the contacts that it names), and of a
contact each e-mail address, phone number, national id, and the name together with the date of birth.

Not here: the key and the hashes (`resources.erasures`), and who was erased.
"""

from __future__ import annotations

import polars as pl

from identity.fields import Entity
from identity.folding import fold

TOKENS = {"at": pl.Int64(), "token": pl.String()}


def key_tokens(keys: pl.Series) -> pl.Series:
    """The tokens of record keys."""
    return "key\0" + keys.cast(pl.String)


def tokens(rows: pl.DataFrame, entity: Entity, at: str) -> pl.DataFrame:
    """TOKENS of rows with standardised fields, a `source` and a `source_id`; `at` is the column that numbers them."""
    blank = [name for name in NEEDED if name not in rows.columns]
    whole = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in blank).with_columns(at=pl.col(at))
    found = [whole.select("at", token=expression) for expression in _own(entity)]
    for column, kind in LISTS[entity].items():
        if column in rows.columns:
            each = whole.select("at", "source", value=column).explode("value").drop_nulls("value")
            found.append(each.select("at", token=kind))
    return pl.concat(found).drop_nulls().unique().cast(TOKENS)  # type: ignore[arg-type]


NEEDED = ("first_name", "last_name", "full_name", "national_id", "date_of_birth")
LISTS: dict[Entity, dict[str, pl.Expr]] = {
    "contact": {
        "email": pl.concat_str(pl.lit("email\0"), pl.col("value").str.to_lowercase()),
        "phone": pl.concat_str(pl.lit("phone\0"), "value"),
    },
    "account": {},
    "opportunity": {"contact_source_id": pl.concat_str(pl.lit("key\0"), "source", pl.lit(":contact:"), "value")},
    "activity": {"contact_source_id": pl.concat_str(pl.lit("key\0"), "source", pl.lit(":contact:"), "value")},
}


def full_name() -> pl.Expr:
    """The whole name of a contact row, as it is written."""
    parts = pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True).replace("", None)
    return pl.coalesce("full_name", parts)


def _own(entity: Entity) -> list[pl.Expr]:
    key = pl.concat_str(pl.lit("key\0"), "source", pl.lit(f":{entity}:"), "source_id")
    if entity != "contact":
        return [key]
    plain = pl.col("national_id").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "").replace("", None)
    born = pl.concat_str(pl.lit("born\0"), fold(full_name()), pl.lit(" "), "date_of_birth")
    return [key, pl.concat_str(pl.lit("national_id\0"), plain), born]
