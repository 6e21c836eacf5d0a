"""vCard 2.1, 3.0 and 4.0: a row a card, a column a property and its type.

Columns: `UID, REV, FN, N.family, N.given, N.additional, N.prefix, N.suffix, NICKNAME, ORG, ORG.department, TITLE, BDAY`
(`BDAY.partial` where the year is kept secret), `EMAIL` and `URL` plain or `;WORK`, `;HOME`, `TEL` also `;CELL`, `;FAX`,
`;PAGER`, `ADR` and its types `.street, .city, .region, .postcode, .country, .box, .extended`; any other property by its
name. Several of one are joined by "; ". Pictures are left out.

Not here: the lines of a card (`resources.readers.cards`), which field a column feeds (`identity/profiles`).
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from identity.errors import BadInputError
from resources.readers.cards import Card, Property, plain, properties, read_cards, split
from resources.readers.objects import columns_of
from resources.readers.table import Row, Table, table_of
from resources.readers.text import Encoding, find_encoding

PARTS = {
    "N": ("family", "given", "additional", "prefix", "suffix"),
    "ADR": ("box", "extended", "street", "city", "region", "postcode", "country"),
}
KINDS = {
    "TEL": {"FAX": "FAX", "PAGER": "PAGER", "CELL": "CELL", "MOBILE": "CELL", "IPHONE": "CELL"},
    "EMAIL": {}, "ADR": {}, "URL": {}, "X-SOCIALPROFILE": {"LINKEDIN": "LINKEDIN"},
}  # fmt: skip
PLACES = {"WORK": "WORK", "HOME": "HOME"}
DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?")
MOMENT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?")
MOST_SHOWN = 10_000  # characters that are kept of a card that cannot be read


def read_vcard(path: Path, name: str, member: str = "") -> Table:
    """The table of a file of cards, however large; a card that cannot be read is kept and marked.

    `_line`: where its BEGIN stands. Refuses `empty_file` where no card can be read.
    """
    encoding = _encoding(path, name)
    fallback = encoding.name
    columns = columns_of(
        (found for card in read_cards(path, encoding) if card and (found := _row(card, fallback))), name
    )

    def read() -> Iterator[Row | None]:
        for card in read_cards(path, encoding):
            if card is None:
                yield None
            elif found := _row(card, fallback):
                yield Row(columns.cells(found), card.line, card.begin, card.end)
            else:
                text = b"\n".join(card.lines)[:MOST_SHOWN].decode("utf-8", "replace").replace("\0", "")
                yield Row([text], card.line, card.begin, card.end, card.why or "the card cannot be read")

    return table_of(member, columns.names, read, {"format": "vCard", "encoding": encoding.name})


def _encoding(path: Path, name: str) -> Encoding:
    """Of the file; cards may say otherwise of themselves, so that a mixture is no reason to refuse it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return find_encoding(data, name)
        except BadInputError as error:
            if error.code not in ("mixed_encodings", "unknown_encoding"):
                raise
    return Encoding("cp1252")


def _row(card: Card, fallback: str) -> dict[str, str | None] | None:
    """The columns of a card; None where it cannot be read."""
    if card.why is not None:
        return None
    found: dict[str, list[str]] = {}
    try:
        for one in properties(card, fallback):
            for column, value in _columns(one):
                if value:
                    found.setdefault(column, []).append(value)
    except ValueError:
        return None
    return {column: "; ".join(dict.fromkeys(values)) for column, values in found.items()} or None


def _columns(one: Property) -> Iterator[tuple[str, str]]:
    kind = _kind(one)
    name = f"{one.name};{kind}" if kind else one.name
    match one.name:
        case "N" | "ADR":
            for part, value in zip(PARTS[one.name], split(one.value, ";"), strict=False):
                yield f"{name}.{part}", value
        case "ORG":
            company, *units = split(one.value, ";")
            yield name, company
            yield "ORG.department", "; ".join(filter(None, units))
        case "BDAY":
            day = DAY.fullmatch(one.value.strip())
            year_is_known = day is not None and day[1] not in one.parameters.get("X-APPLE-OMIT-YEAR", [])
            yield (name, "-".join(day.groups())) if day and year_is_known else (f"{name}.partial", plain(one.value))
        case "REV":
            at = MOMENT.fullmatch(one.value.strip())
            yield name, "{}-{}-{}T{}:{}:{}{}".format(*at.groups("")) if at else plain(one.value)
        case "TEL" | "EMAIL":
            yield name, re.sub(r"^(?:tel|mailto):", "", plain(one.value)).replace(";ext=", " ext. ")
        case _:
            yield name, plain(one.value)


def _kind(one: Property) -> str | None:
    """The type of a property that its column is called by."""
    types = [value.upper() for value in one.parameters.get("TYPE", [])]
    known = {**KINDS[one.name], **PLACES} if one.name in KINDS else {}
    return next((known[key] for key in known if key in types), None)
