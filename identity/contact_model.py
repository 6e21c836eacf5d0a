"""The model of contacts.

Not here: its trained weights (`identity.epoch`), and the words its features fold away (`identity.words`).
"""

from __future__ import annotations

from identity.model import (
    ELSE,
    Block,
    Comparison,
    Guard,
    Level,
    Levels,
    Model,
    alike,
    close,
    differ,
    numbers,
    same,
    share,
    share_typo,
    typo,
)

_FIRST_RELATED = f"({same('first')} or {share('formal')})"
_FIRST_CLOSE = f"({close('first', 0.9, 4)} and not (known_l and known_r) or {share('guessed')})"
_LAST_CLOSE = close("last", 0.92, 4)
_INITIAL = "(least(length(first_l), length(first_r)) = 1 and initial_l = initial_r)"
_SWAPPED = "first_l = last_r and last_l = first_r"
_SWAPPED_CLOSE = " and ".join(
    f"(jaro_winkler_similarity(first_{a}, last_{b}) >= 0.88 or list_has_any(guessed_{a}, turned_{b}))"
    for a, b in ("lr", "rl")
)

NAME = Comparison(
    "name",
    f"({differ('first')}) and ({differ('last')})",
    (
        Level("same", f"{same('first')} and {same('last')}", 12, 14),
        Level("nickname", f"{share('formal')} and {same('last')}", 11, 13),
        Level("swapped", _SWAPPED, 11, 13),
        Level("swapped_close", _SWAPPED_CLOSE, 9, 11),
        Level("first_close", f"{_FIRST_CLOSE} and {same('last')}", 9.5, 11.5),
        Level("last_close", f"{_FIRST_RELATED} and {_LAST_CLOSE}", 10, 12),
        Level("initial", f"{_INITIAL} and {same('last')}", 9, 9.8),
        Level("both_close", f"{_FIRST_CLOSE} and {_LAST_CLOSE}", 9.5, 11),
        Level("initial_close", f"{_INITIAL} and {_LAST_CLOSE}", 6.5, 8),
        Level("last_only", f"{_LAST_CLOSE} and ({differ('first')})", 5, 7),
        Level("first_only", f"{_FIRST_RELATED} and ({differ('last')})", 3, 5),
        Level("last_differs", _FIRST_RELATED, -4, -2),
        Level("first_differs", _LAST_CLOSE, -8, -5),
        Level("different", ELSE, -12, -9),
    ),
)
EMAIL = Comparison(
    "email",
    differ("emails"),
    (
        Level("same", share("emails"), 16, 19),
        Level("close", share_typo("emails"), 9, 12),
        Level("handle", share("handles"), 7, 9),
        Level("different", ELSE, -0.6, -0.1),
    ),
)
PHONE = Comparison(
    "phone",
    differ("phones"),
    (
        Level("same", share("phones"), 11, 14),
        Level("close", share_typo("phones"), 4, 7),
        Level("different", ELSE, -0.6, -0.1),
    ),
)
WORK = Comparison(
    "work",
    f"({differ('company')}) and ({differ('domains')})",
    (
        Level("both", f"{same('company')} and {share('domains')}", 8.5, 9.5),
        Level("company", same("company"), 7.5, 8.5),
        Level("domain", share("domains"), 6.5, 8),
        Level("close", f"({alike('company', 0.95)} or {typo('company', 2)}) and {numbers('company')}", 5, 6.5),
        Level("different", ELSE, -2, -0.5),
    ),
)
PLACE = Comparison(
    "place",
    f"({differ('street')}) and ({differ('city')}) and ({differ('postcode')})",
    (
        Level("street", f"{same('street')} and ({same('postcode')} or {same('city')})", 10, 13),
        Level("postcode", f"{same('postcode')} or {same('street')}", 6, 9),
        Level("city", f"{same('city')} or {alike('city', 0.92)}", 2.5, 4.5),
        Level("different", ELSE, -2.5, -0.5),
    ),
)
_DAY_FOR_MONTH = "born_l = left(born_r, 4) || right(born_r, 2) || substr(born_r, 5, 2)"
BORN = Comparison(
    "born",
    differ("born"),
    (
        Level("same", same("born"), 11, 14),
        Level("close", f"{typo('born')} or {_DAY_FOR_MONTH}", 4, 7),
        Level("different", ELSE, -12, -7),
    ),
)
NATIONAL_ID = Comparison(
    "national_id",
    differ("national_id"),
    (
        Level("same", same("national_id"), 17, 20),
        Level("close", typo("national_id"), 8, 12),
        Level("different", ELSE, -12, -7),
    ),
)
PROFILE = Comparison(
    "profile",
    differ("linkedin"),
    (Level("same", same("linkedin"), 17, 20), Level("different", ELSE, -8, -4)),
)
_PROOF: Levels = {"national_id": ("same",), "profile": ("same",)}

CONTACT = Model(
    entity="contact",
    comparisons=(NAME, EMAIL, PHONE, WORK, PLACE, BORN, NATIONAL_ID, PROFILE),
    blocks=(
        Block(("emails",)),
        Block(("handles",)),
        Block(("phones",)),
        Block(("national_id",)),
        Block(("linkedin",)),
        Block(("company",), cap=30),
        Block(("domains",), cap=30),
        Block(("formal", "last")),
        Block(("formal", "company")),
        Block(("formal", "domains")),
        Block(("initial", "last_head", "company")),
        Block(("initial", "last_head", "city")),
        Block(("formal", "last_head", "city")),
        Block(("last", "city"), cap=30),
        Block(("last", "postcode")),
        Block(("formal", "postcode"), cap=50),
        Block(("street",), cap=30),
        Block(("born",), cap=30),
        Block(("born", "city")),
    ),
    training=(
        "l.first = r.first and l.last = r.last",
        "l.emails[1] = r.emails[1]",
        "l.phones[1] = r.phones[1]",
    ),
    limits={"emails": 30, "handles": 30, "phones": 30, "national_id": 30, "linkedin": 30},
    guards=(
        Guard("household", {"name": ("first_differs",)}, _PROOF),
        Guard("shared", {"name": ("different",)}, _PROOF),
        Guard(
            "surname",
            {"name": ("last_differs",)},
            {**_PROOF, "email": ("same",), "born": ("same",), "place": ("street",)},
        ),
        Guard(
            "namesake",
            {
                "name": (
                    "same",
                    "nickname",
                    "swapped",
                    "first_close",
                    "last_close",
                    "initial",
                    "both_close",
                    "last_only",
                )
            },
            {
                "email": ("same", "close", "handle"),
                "phone": ("same", "close"),
                "work": ("both", "company", "domain", "close"),
                "place": ("street", "postcode"),
                "born": ("same", "close"),
                "national_id": ("same", "close"),
                "profile": ("same",),
            },
        ),
    ),
    contradictions=(
        Guard("name", {"name": ("first_differs", "different")}, _PROOF),
        Guard("born", {"born": ("different",)}, {**_PROOF, "national_id": ("same", "close")}),
        Guard("national_id", {"national_id": ("different",)}, {"profile": ("same",), "born": ("same", "close")}),
    ),
    prior=-15,
    join=3,
    bridge=7,
    review=-2,
    floor=-6,
)
