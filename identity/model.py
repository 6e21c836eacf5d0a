"""The shape of a model: how two records of an entity are compared, blocked, judged and guarded, as data.

Levels are SQL conditions over features (`identity.features`) with the suffixes `_l` and `_r`, in DuckDB's dialect,
tried in order; the last level of a comparison is `else`. A pair whose features do not allow a comparison is at level
`null`, which weighs nothing.

Not here: the models of contacts and accounts (`identity.contact_model`, `identity.account_model`), and the weights
that training found (`identity.epoch`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from identity.fields import Entity

ELSE = "ELSE"

Levels = dict[str, tuple[str, ...]]  # names of levels by the name of their comparison


@dataclass(frozen=True, slots=True)
class Level:
    """One outcome of a comparison; `bits` is what it is thought to weigh, where training sees too little of it."""

    name: str
    sql: str
    bits: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Outcomes in order of decreasing likeness; `null` is the condition under which nothing can be said.

    The last outcome is that the records differ, unless `differs` is false.
    """

    name: str
    null: str
    levels: tuple[Level, ...]
    differs: bool = True

    @property
    def columns(self) -> list[str]:
        """The features that its conditions speak of, sorted."""
        sql = " ".join((self.null, *(level.sql for level in self.levels)))
        return sorted(set(re.findall(r"\b([a-z_]+)_[lr]\b", sql)))


@dataclass(frozen=True, slots=True)
class Block:
    """Records that agree in all of these features are compared, if there are at most `cap` of them.

    A list-valued feature agrees when one of its values does.
    """

    features: tuple[str, ...]
    cap: int = 100


@dataclass(frozen=True, slots=True)
class Guard:
    """Pairs at one of the levels in `when` do not belong together, unless they stand at one of those in `unless`.

    A `general` guard holds only in epochs for any records, which know nothing of those at hand: where weights were
    learned of them, these say how far a difference speaks against a match. A guard for a `lack` finds nothing against a
    match, but too little for it: a person is asked.
    """

    reason: str
    when: Levels
    unless: Levels
    general: bool = False
    lack: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """All that is decided by people about the resolution of an entity.

    `limits` hold, by feature, the number of records above which a value identifies nobody; `crowds` the number above
    which it is no one person's, though it may tell of a house: such values stand in a feature `<name>_crowd` of their
    own. `rarities` are features of which an epoch counts the values. `guards` cut joining pairs. The rest are bits:
    `prior`, the odds that records which are compared are one, where nothing better is known; `join` and `review`, which
    bound the answers on a pair; and `hold`: groups of records hold together while the mean of all pairs between them is
    at least that. Pairs below `floor` are not kept; they and pairs that were never compared count as `floor` in such a
    mean, pairs that a guard cut as `guarded`.
    """

    entity: Entity
    comparisons: tuple[Comparison, ...]
    blocks: tuple[Block, ...]
    limits: dict[str, int]
    crowds: dict[str, int]
    rarities: tuple[str, ...]
    guards: tuple[Guard, ...]
    prior: float
    join: float
    hold: float
    review: float
    floor: float
    guarded: float


def differ(column: str) -> str:
    """The null condition of a comparison of one feature."""
    return f"{column}_l is null or {column}_r is null"


def same(column: str) -> str:
    """Both values are equal."""
    return f"{column}_l = {column}_r"


def share(column: str) -> str:
    """Both lists hold one same value."""
    return f"list_has_any({column}_l, {column}_r)"


def typo(column: str, distance: int = 1) -> str:
    """The values are few keystrokes apart.

    Counting keystrokes is slow, so it is done last, and only where lengths and Jaro's likeness are what so few leave.
    """
    return _keystrokes(f"{column}_l", f"{column}_r", distance, 0.75 if distance == 1 else 0.7)


def _keystrokes(left: str, right: str, distance: int, likeness: float) -> str:
    return (
        f"(abs(length({left}) - length({right})) <= {distance} and jaro_similarity({left}, {right}) >= {likeness} "
        f"and damerau_levenshtein({left}, {right}) <= {distance})"
    )


def alike(column: str, at_least: float) -> str:
    """The values are as similar by Jaro and Winkler."""
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {at_least}"


def letters_of(column: str, other: str = "") -> str:
    """The values are made of much the same letters: cheap to see, and what is alike passes.

    The features `<column>_letters` are sets of letters as bits of a number (`identity.features`). At most four letters
    stand in one of them only.
    """
    return f"bit_count(xor({column}_letters_l, {other or column}_letters_r)) <= 4"


def close(column: str, at_least: float, letters: int, otherwise: str = "false") -> str:
    """The values sound much alike, or differ by a slip (both of so many letters), or are long and differ by two.

    Or they are of much the same letters, and `otherwise` holds.
    """
    short = f"least(length({column}_l), length({column}_r))"
    slip = f"{short} >= {letters} and {typo(column)}"
    slips = f"{short} > 5 and jaro_similarity({column}_l, {column}_r) >= 0.84 and {typo(column, 2)}"
    near = f"{alike(column, at_least)} or ({slip}) or ({slips}) or {otherwise}"
    return f"({same(column)} or {letters_of(column)} and ({near}))"


def numbers(column: str) -> str:
    """The same figures stand in both values: a slip does not make a company's second branch its third."""
    bare = [f"regexp_replace({column}_{side}, '[^0-9]', '', 'g')" for side in "lr"]
    return " = ".join(bare)


def share_typo(column: str) -> str:
    """Both lists hold long values one keystroke apart. Most lists hold one value, which is looked at without ado.

    DuckDB leaves the dear end of a condition out where its beginning fails only if it stands after `when`.
    """
    alone = f"case when {_keystrokes(f'{column}_l[1]', f'{column}_r[1]', 1, 0.9)} then true else false end"
    near = f"case when {_keystrokes('x', 'y', 1, 0.9)} then true else false end"
    several = f"len(list_filter({column}_l, lambda x: len(list_filter({column}_r, lambda y: {near})) > 0)) > 0"
    return f"case when len({column}_l) = 1 and len({column}_r) = 1 then {alone} else {several} end"


def crowd_of(column: str) -> str:
    """The feature of the values of a column that a crowd shares."""
    return f"{column}_crowd"
