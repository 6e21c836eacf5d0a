"""The model of accounts.

Not here: its trained weights (`identity.epoch`), and the legal forms its features drop (`identity.words`).
"""

from __future__ import annotations

from identity.model import (
    ELSE,
    Block,
    Comparison,
    Guard,
    Level,
    Model,
    alike,
    close,
    differ,
    numbers,
    same,
    share,
    typo,
)

_SHARED = "len(list_intersect(words_l, words_r))"
_FEWER = "least(len(words_l), len(words_r))"
_MORE = "greatest(len(words_l), len(words_r))"
_OTHERS = [  # words of one that are not in the other's letters
    f"len(list_filter(string_split(bag_{a}, ' '), lambda w: length(w) > 2 and not contains(bag_{b}, w)))"
    for a, b in ("lr", "rl")
]
_RATED = [f"coalesce(terms_rate_{side}, words_{side})" for side in "lr"]  # a word as often as it is rare
_ALIKE = f"len(list_intersect({', '.join(_RATED)}))"
_TERMS = "len(list_intersect(terms_l, terms_r))"
_LESSER = f"least({', '.join(f'len({words})' for words in _RATED)})"
_WITHIN = f"least({', '.join(_OTHERS)}) = 0"
_BRANCHES = [f"list_sort(regexp_extract_all(name_{side}, '\\b[0-9]{{1,2}}\\b'))" for side in "lr"]
_SAME_BRANCH = " = ".join(_BRANCHES)  # "Acme 2" is not "Acme"; longer figures are of addresses
_LONGER = "starts_with(name_l, name_r || ' ') or starts_with(name_r, name_l || ' ')"


def _told(part: float, words: int) -> str:
    """So much of the shorter name is in the other, rare words counting more, and so many words at least."""
    return f"{_ALIKE} >= {part} * {_LESSER} and least({_ALIKE}, {_TERMS}) >= {words} and {_SAME_BRANCH}"


def _rarely(part: float, words: int) -> str:
    """The same where it is known which words are rare: of equal words a part says little."""
    return f"terms_rate_l is not null and {_told(part, words)}"


NAME = Comparison(
    "name",
    differ("name"),
    (
        Level("same", f"{same('joined')} and length(tail_l) + length(tail_r) > 0", 6.5),
        Level("word", same("joined"), 5),
        Level("alias", share("aliases"), 4),
        Level("close", f"{close('joined', 0.97, 6)} and {numbers('joined')}", 4.5),
        Level("order", same("bag"), 4.5),
        Level("contained", f"{_SHARED} = {_FEWER} and {_SHARED} > 1 and {_WITHIN} and {_SAME_BRANCH}", 4),
        Level("telling", _told(0.8, 3), 3.5),
        Level("within", _told(1, 2), 3.5),
        Level("initials", "list_contains(words_l, initials_r) or list_contains(words_r, initials_l)", 3),
        Level("longer", f"(({_LONGER}) or {_SHARED} = {_FEWER}) and {_WITHIN} and {_SAME_BRANCH}", 1),
        Level("mostly", _rarely(0.65, 2), 2.5),
        Level("partly", _rarely(0.5, 3), 1),
        Level("some", _rarely(0.35, 2), 0),
        Level("half", f"2 * {_SHARED} >= {_MORE} and {numbers('name')}", -3),
        Level("stem", f"{same('stem')} or {_SHARED} > 0", -3.5),
        Level("different", ELSE, -7),
    ),
)
DOMAIN = Comparison(
    "domain",
    differ("domains"),
    (Level("same", share("domains"), 7), Level("different", ELSE, -1)),
)
PHONE = Comparison(
    "phone",
    differ("phones"),
    (Level("same", share("phones"), 5), Level("different", ELSE, -0.5)),
)
_CITY_CLOSE = f"({same('city')} or {alike('city', 0.92)})"
_STREET_CLOSE = f"({same('street')} or {alike('street', 0.92)} and {numbers('street')})"
PLACE = Comparison(
    "place",
    f"({differ('street')}) and ({differ('city')}) and ({differ('postcode')})",
    (
        Level("street", f"{_STREET_CLOSE} and ({same('postcode')} or {same('city')})", 6),
        Level("street_only", _STREET_CLOSE, 4),
        Level("postcode", same("postcode"), 3),
        Level("quarter", f"{_CITY_CLOSE} and ({differ('street')})", 2),
        Level("city", _CITY_CLOSE, -1.5),
        Level("different", ELSE, -7),
    ),
)
TAX_ID = Comparison(
    "tax_id",
    differ("tax_id"),
    (Level("same", same("tax_id"), 9), Level("close", typo("tax_id"), 4), Level("different", ELSE, -5)),
)

ACCOUNT = Model(
    entity="account",
    comparisons=(NAME, DOMAIN, PHONE, PLACE, TAX_ID),
    blocks=(
        Block(("domains",)),
        Block(("phones",)),
        Block(("tax_id",)),
        Block(("name",)),
        Block(("joined",)),
        Block(("aliases",)),
        Block(("stem", "city")),
        Block(("stem", "postcode")),
        Block(("head", "tail")),
        Block(("tail", "city"), cap=50),
        Block(("street",), cap=50),
        Block(("number", "city"), cap=50),
        Block(("number", "stem"), cap=50),
        Block(("bag",)),
        Block(("words",), cap=50),
        Block(("lead",)),
        Block(("brief",), cap=50),
    ),
    limits={"domains": 30, "phones": 30, "tax_id": 30},
    crowds={},
    rarities=("terms",),
    guards=(
        Guard(
            "shared",
            {"name": ("different", "stem")},
            {"domain": ("same",), "tax_id": ("same",), "place": ("street", "street_only")},
        ),
    ),
    prior=-3,
    join=0,
    hold=-2,
    review=-4,
    floor=-6,
    guarded=-40,
)
