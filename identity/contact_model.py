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
    letters_of,
    same,
    share,
    share_typo,
    typo,
)
from identity.rarity import rarity

_SHORT = "(short_l = first_r and second_r is null or short_r = first_l and second_l is null)"
_FIRST_RELATED = f"({same('first')} or {same('whole')} or {_SHORT} or {share('formal')})"
_FIRST_CLOSE = f"({close('first', 0.9, 4)} and not (known_l and known_r) or {share('guessed')})"
_IN_DOUBLE = " or ".join(f"parts_{a} is not null and list_has_any(parts_{a}, families_{b})" for a, b in ("lr", "rl"))
_LAST_CLOSE = f"({close('last', 0.92, 4, share('families'))} or {_IN_DOUBLE})"
_SECOND_DIFFERS = """case when least(length(second_l), length(second_r)) = 1 then left(second_l, 1) <> left(second_r, 1)
    else jaro_winkler_similarity(second_l, second_r) < 0.85 end"""
_OTHER_PERSON = f"(generation_l <> generation_r or second_l <> second_r and {_SECOND_DIFFERS})"
_INITIAL = "(least(length(first_l), length(first_r)) = 1 and initial_l = initial_r)"
_SWAPPED = "first_l = last_r and last_l = first_r"
_TURNED = [
    f"({letters_of('first', 'last')} and jaro_winkler_similarity(first_l, last_r) >= 0.88)",
    f"({letters_of('last', 'first')} and jaro_winkler_similarity(last_l, first_r) >= 0.88)",
]
_MEANT = ["list_has_any(guessed_l, turned_r)", "list_has_any(turned_l, guessed_r)"]
_SWAPPED_CLOSE = f"({_TURNED[0]} and ({_TURNED[1]} or {_MEANT[1]}) or {_TURNED[1]} and ({_TURNED[0]} or {_MEANT[0]}))"

NAME = Comparison(
    "name",
    f"({differ('first')}) and ({differ('last')})",
    (
        Level("relative", f"{_OTHER_PERSON} and {_LAST_CLOSE} and {_FIRST_RELATED}", -3),
        Level("same", f"{same('first')} and {same('last')}", 6.5),
        Level("nickname", f"{same('last')} and {share('formal')}", 6),
        Level("swapped", _SWAPPED, 6),
        Level("swapped_close", _SWAPPED_CLOSE, 5),
        Level("first_close", f"{same('last')} and {_FIRST_CLOSE}", 5),
        Level("last_close", f"{_LAST_CLOSE} and {_FIRST_RELATED}", 5.5),
        Level("initial", f"{same('last')} and {_INITIAL}", 4.5),
        Level("both_close", f"{_LAST_CLOSE} and {_FIRST_CLOSE}", 5),
        Level("initial_close", f"{_INITIAL} and {_LAST_CLOSE}", 3.5),
        Level("last_only", f"{_LAST_CLOSE} and ({differ('first')})", 3),
        Level("first_only", f"{_FIRST_RELATED} and ({differ('last')})", 2),
        Level("last_differs", _FIRST_RELATED, -1.5),
        Level("first_differs", _LAST_CLOSE, -3),
        Level("different", ELSE, -5),
    ),
)
EMAIL = Comparison(
    "email",
    differ("emails"),
    (
        Level("same", share("emails"), 9),
        Level("numbered", share("unnumbered"), -9),
        Level("close", share_typo("emails"), 5),
        Level("handle", share("handles"), 4),
        Level("elsewhere", f"not {share('hosts')}", -0.3),
        Level("different", ELSE, -1),
    ),
)
PHONE = Comparison(
    "phone",
    f"({differ('phones')}) and ({differ('phones_crowd')})",
    (
        Level("same", share("phones"), 6),
        Level("close", share_typo("phones"), 3),
        Level("crowd", share("phones_crowd"), 1.5),
        Level("different", ELSE, -0.3),
    ),
)
_COMPANY_CLOSE = (
    f"{letters_of('company')} and {same('company_figures')} and ({alike('company', 0.95)} or {typo('company', 2)})"
)
WORK = Comparison(
    "work",
    f"({differ('company')}) and ({differ('domains')})",
    (
        Level("both", f"{same('company')} and {share('domains')}", 4.5),
        Level("company", same("company"), 4),
        Level("domain", share("domains"), 3.5),
        Level("close", _COMPANY_CLOSE, 3),
        Level("different", ELSE, -0.5),
    ),
)
_STREET_CLOSE = f"({same('street')} or {alike('street', 0.9)})"
_CITY_CLOSE = f"({same('city')} or {alike('city', 0.92)})"
_POSTCODE_CLOSE = f"({same('postcode')} or {typo('postcode')})"
PLACE = Comparison(
    "place",
    f"({differ('street')}) and ({differ('city')}) and ({differ('postcode')})",
    (
        Level("street", f"{same('street')} and ({same('postcode')} or {same('city')})", 6),
        Level("street_close", f"{_STREET_CLOSE} and ({_POSTCODE_CLOSE} or {_CITY_CLOSE})", 5),
        Level("town", f"{same('postcode')} and {_CITY_CLOSE}", 4),
        Level("postcode", f"{same('postcode')} or {same('street')}", 4),
        Level("quarter", f"{_CITY_CLOSE} and ({same('district')} or {_POSTCODE_CLOSE})", 2),
        Level("city", _CITY_CLOSE, 2),
        Level("district", f"{same('district')} or {_POSTCODE_CLOSE}", 1.5),
        Level("different", ELSE, -1),
    ),
)
_DAY_FOR_MONTH = "born_l = left(born_r, 4) || right(born_r, 2) || substr(born_r, 5, 2)"
_NO_DAY = "(right(born_l, 4) = '0101' or right(born_r, 4) = '0101')"
BORN = Comparison(
    "born",
    differ("born"),
    (
        Level("same", f"{same('born')} and not {_NO_DAY}", 6),
        Level("same_year_only", same("born"), 3),
        Level("close", f"{typo('born')} or {_DAY_FOR_MONTH}", 3),
        Level("year", same("year"), 1),
        Level("two_off", typo("born", 2), 1),
        Level("different", ELSE, -5),
    ),
)
NATIONAL_ID = Comparison(
    "national_id",
    differ("national_id"),
    (
        Level("same", same("national_id"), 9),
        Level("close", typo("national_id"), 5),
        Level("two_off", f"{typo('national_id', 2)} and length(national_id_l) >= 7", 2),
        Level("different", ELSE, -5),
    ),
)
ROLE = Comparison(
    "role",
    differ("role"),
    (Level("same", same("role"), 1), Level("close", alike("role", 0.9), 1), Level("different", ELSE, 0)),
)
GENDER = Comparison("gender", differ("gender"), (Level("same", same("gender"), 0), Level("different", ELSE, -1)))
PROFILE = Comparison(
    "profile",
    differ("linkedin"),
    (Level("same", same("linkedin"), 9), Level("different", ELSE, -3)),
)
_PROOF: Levels = {"national_id": ("same",), "profile": ("same",)}
_PROVED: Levels = {**_PROOF, "national_id": ("same", "close")}
_OFTEN_PROVED: Levels = {**_PROVED, "email": ("same",), "born": ("same",), "place": ("street", "street_close")}
_LIKE_NAMES = (
    "same", "nickname", "swapped", "swapped_close", "first_close", "last_close", "initial", "both_close",
    "initial_close", "last_only", "first_only",
)  # fmt: skip
_MORE_THAN_A_NAME: Levels = {
    "email": ("same", "close", "handle"),
    "phone": ("same", "close", "crowd"),
    "work": ("both", "company", "domain", "close"),
    "place": ("street", "street_close", "town", "postcode"),
    "born": ("same", "same_year_only", "close"),
    "national_id": ("same", "close", "two_off"),
    "profile": ("same",),
}
RARITIES = ("first", "last", "company")

CONTACT = Model(
    entity="contact",
    comparisons=(
        NAME,
        EMAIL,
        PHONE,
        WORK,
        PLACE,
        BORN,
        NATIONAL_ID,
        PROFILE,
        ROLE,
        GENDER,
        rarity("first"),
        rarity("last"),
        rarity("company"),
    ),
    blocks=(
        Block(("emails",)),
        Block(("handles",)),
        Block(("phones",)),
        Block(("national_id",)),
        Block(("linkedin",)),
        Block(("company",), cap=30),
        Block(("domains",), cap=30),
        Block(("formal", "last")),
        Block(("initials", "phones")),
        Block(("initials", "phones_crowd")),
        Block(("initials", "company"), cap=50),
        Block(("initials", "domains"), cap=50),
        Block(("initials", "street")),
        Block(("formal", "sound")),
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
        Block(("both",)),
        Block(("figures",)),
        Block(("initial", "sound"), cap=50),
        Block(("last",), cap=50),
        Block(("postcode",), cap=50),
        Block(("formal", "city"), cap=50),
        Block(("initial", "city"), cap=50),
        Block(("initial", "district"), cap=50),
        Block(("formal", "year"), cap=50),
        Block(("sound", "year"), cap=50),
        Block(("year", "city"), cap=50),
        Block(("year", "district"), cap=50),
        Block(("born", "initial"), cap=50),
    ),
    limits={"emails": 30, "handles": 30, "phones": 30, "national_id": 30, "linkedin": 30},
    crowds={"phones": 6},
    rarities=RARITIES,
    guards=(
        Guard("household", {"name": ("first_differs", "relative")}, _PROVED, general=True),
        Guard("shared", {"name": ("different",)}, {**_PROVED, "born": ("same",)}, general=True),
        Guard("surname", {"name": ("last_differs",)}, _OFTEN_PROVED, general=True),
        Guard("born", {"born": ("different",)}, _PROVED, general=True),
        Guard("national_id", {"national_id": ("different",)}, {**_PROOF, "born": ("same", "close")}, general=True),
        Guard("numbered", {"email": ("numbered",)}, {**_PROVED, "phone": ("same",), "born": ("same", "close")}),
        Guard("namesake", {"name": _LIKE_NAMES}, _MORE_THAN_A_NAME, general=True, lack=True),
    ),
    prior=-4,
    join=0,
    hold=-1,
    review=-4,
    floor=-6,
    guarded=-40,
)
