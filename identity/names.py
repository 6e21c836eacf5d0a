"""Names of people as they are compared, from the fields of a record or from a full name in whatever order.

Of a given name: `first`, its first word (a hyphen makes one word of two); `second`, the next; `whole`, all of them
written together; `short`, what may stand for it alone (`jean` for Jean-Pierre). Of a family name: `last`, all of it
written together; `families`, the forms that it is known in (`identity.surnames`); `parts`, the names that make up a
double one, or were borne before. `nick` is a name in quotes or brackets, `generation` what tells a son from a father.

Not here: how a full name is read (`identity.full_names`), and which given names are related (`identity.nicknames`).
"""

from __future__ import annotations

import polars as pl

from identity.distinct import by_value, looked_up
from identity.folding import fold, without
from identity.full_names import read_full
from identity.surnames import family_forms, family_parts
from identity.words import ELDER, GENERATIONS, MAIDEN, TITLES, YOUNGER

ASIDE = r"[\s,]*[(\[\"“”„«‚‘]+([^()\[\]\"“”„«»’]+?)[)\]\"“”»’]+|\s'(\S+)'"  # (Bill), "Bill", «Bill»
BORN_AS = rf"(?i)[\s,(]+(?:{MAIDEN})\.?:?\s+([^()]+)\)?$"
HYPHEN = r"([\p{L}\p{M}])\s?[-‐‑–]\s?([\p{L}\p{M}])"
SERVANT = r"^(abd(?:[aeu][dlnrsz]*)?|abu|umm) (?:[aeu][dlnrsz]{1,2} )?(\S{3,})"  # Abd al-Rahman is one name
LEADING = r"^(?:van|thi|syed|sayyid|i|ni) (\S+)"  # before given names in Vietnam, Pakistan, Bali
GIVEN = dict.fromkeys(("first", "second", "whole", "short", "nick"), pl.String)
FAMILY = {"last": pl.String, "families": pl.List(pl.String), "parts": pl.List(pl.String)}


def name_features(records: pl.DataFrame) -> pl.DataFrame:
    """The columns above (and `generation`) of records with `first_name`, `last_name`, `full_name`, in their order."""
    full = by_value(records["full_name"], read_full).struct.unnest()
    given = _unless_empty(records["first_name"], full["given"])
    family = _unless_empty(records["last_name"], full["family"])
    of_given = by_value(given, _given).struct.unnest()
    of_family = by_value(family, _family).struct.unnest()
    said = pl.DataFrame({"last": records["last_name"], "full": records["full_name"], "first": records["first_name"]})
    generation = said.select(generation=pl.coalesce(_generation(pl.col(name)) for name in said.columns)).to_series()
    made = of_given.hstack(of_family).with_columns(generation, _nick=full["nick"], _also=full["also"])
    return made.select(
        *(name for name in GIVEN if name != "nick"),
        "last",
        "families",
        "generation",
        nick=pl.coalesce("nick", fold(pl.col("_nick"))),
        parts=pl.coalesce("parts", _asked(fold(pl.col("_also")), family_parts_of_one)),
    )


def family_parts_of_one(name: str) -> list[str]:
    """A name that somebody bears besides or bore before, as `parts` has it."""
    return family_parts(name) or family_forms(name)


def _unless_empty(field: pl.Series, read: pl.Series) -> pl.Series:
    """The field, or where nothing in it is a letter, what the full name says."""
    return field.zip_with(field.str.contains(r"\p{L}").fill_null(False), read)


def _given(names: pl.Series) -> pl.Series:
    """Of distinct given names: a struct GIVEN."""
    x = pl.col("x")
    bare = x.str.replace_all(ASIDE, "")
    one, apart = (_led(without(fold(text), TITLES)) for text in (bare.str.replace_all(HYPHEN, "$1$2"), bare))
    frame = names.alias("x").to_frame().with_columns(one=one, apart=apart)
    word = pl.col("one").str.extract(r"^(\S+)")
    second = pl.col("one").str.extract(r"^\S+ (\S+)")
    head = pl.col("apart").str.extract(r"^(\S+)")
    initial = (word.str.len_bytes() == 1) & (second.str.len_bytes() > 1)
    return frame.select(
        pl.struct(
            first=word,
            second=second,
            whole=pl.col("one").str.replace_all(" ", ""),
            short=pl.when(initial).then(second).when((head != word) & (head.str.len_bytes() > 1)).then(head),
            nick=fold(pl.coalesce(x.str.extract(ASIDE, 1), x.str.extract(ASIDE, 2))),
        )
    ).to_series()


def _led(words: pl.Expr) -> pl.Expr:
    """Folded given names less words that lead them only, and with names of two words made one."""
    return words.str.replace(SERVANT, "$1$2").str.replace(LEADING, "$1")


def _family(names: pl.Series) -> pl.Series:
    """Of distinct family names: a struct FAMILY."""
    x = pl.col("x")
    frame = names.alias("x").to_frame()
    if names.str.contains(r"[^\p{L} '’-]").any():  # signs that may set a name aside
        frame = frame.with_columns(x.str.replace(ELDER, "").str.replace(YOUNGER, ""))
    before = pl.lit(None, pl.String)
    if frame.select(x.str.contains(ASIDE) | x.str.contains(BORN_AS)).to_series().any():
        before = pl.coalesce(x.str.extract(BORN_AS, 1), x.str.extract(ASIDE, 1))
        frame = frame.with_columns(x.str.replace(BORN_AS, "").str.replace_all(ASIDE, ""), before=before)
    else:
        frame = frame.with_columns(before=before)
    now, before = (without(fold(pl.col(name)), TITLES) for name in ("x", "before"))
    frame = frame.select(now=now, before=before)
    none = pl.lit([], dtype=pl.List(pl.String))
    frame = frame.with_columns(
        pl.col("now").str.replace_all(" ", "").alias("last"),
        families=_asked(pl.col("now"), family_forms),
        double=_asked(pl.when(pl.col("now").str.contains(" ", literal=True)).then("now"), family_parts),
        other=_asked(pl.col("before"), family_parts_of_one),
    )
    parts = pl.concat_list(pl.coalesce("double", none), pl.coalesce("other", none))
    parts = parts.list.unique().list.sort()
    frame = frame.with_columns(parts=pl.when(parts.list.len() > 0).then(parts))
    return frame.select(pl.struct(list(FAMILY))).to_series()


def _asked(names: pl.Expr, lookup: object) -> pl.Expr:
    return names.map_batches(
        lambda asked: looked_up(asked, lookup, pl.List(pl.String())),  # type: ignore[arg-type]
        return_dtype=pl.List(pl.String),
    )


def _generation(text: pl.Expr) -> pl.Expr:
    """`jr`, `sr`, `iii` or whatever else tells of the generation, after other words of a name."""
    pattern = rf"(?i)[\p{{L}}.]\b.*[\s,(]({'|'.join(GENERATIONS)})\b"
    some = rf"(?i)[\s,(](?:{'|'.join(GENERATIONS)}|sen|st|jun|ml)\b"

    def told(values: pl.Series) -> pl.Series:
        none = pl.Series([None] * values.len(), dtype=pl.String)
        rows = values.str.contains(some).fill_null(False).arg_true()
        spelled = values.gather(rows).str.replace(ELDER, " sr").str.replace(YOUNGER, " jr").str.extract(pattern, 1)
        return none.scatter(rows, spelled.str.to_lowercase().replace(GENERATIONS)) if len(rows) else none

    return text.map_batches(lambda values: by_value(values, told), return_dtype=pl.String)
