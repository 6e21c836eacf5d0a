"""Cards of phones, mail programs and directories; hostile ones cost neither time nor memory."""

from __future__ import annotations

import datetime as dt
import quopri
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.profiles import detect
from quality_checks.validation import interpret
from resources.readers import open_table
from resources.readers.cards import MOST_CARD
from resources.readers.table import FROM, LINE, RAGGED, TO
from resources.readers.vcard import read_vcard

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40)


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def rows(path: Path, data: str | bytes) -> pl.DataFrame:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return pl.concat(part.rows for part in read_vcard(path, path.name).parts())


def only(path: Path, data: str | bytes) -> dict[str, str]:
    (found,) = rows(path, data).drop(LINE, FROM, TO).to_dicts()
    assert found.pop(RAGGED) is None
    return {column: value for column, value in found.items() if value is not None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cards")


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_what_is_escaped_and_folded_comes_back(folder: Path, people: list[tuple[str, str]]) -> None:
    people = [(a.strip() or "x", b.strip() or "y") for a, b in people]
    text = ""
    for family, given_name in people:
        line = f"N:{escaped(family)};{escaped(given_name)};;;"
        text += card("\r\n ".join(line[i : i + 20] for i in range(0, len(line), 20)))
    found = rows(folder / "a.vcf", text)
    assert found.select("N.family", "N.given").rows() == people
    data = (folder / "a.vcf").read_bytes()
    for begin, end in found.select(FROM, TO).rows():
        assert data[begin:end].startswith(b"BEGIN:VCARD\r\n")
        assert data[begin:end].endswith(b"\r\nEND:VCARD")


@given(TEXT, st.sampled_from(["utf-8", "cp1252", "cp1251"]))
def test_quoted_printable_in_any_charset(folder: Path, name: str, codec: str) -> None:
    data = name.replace("\\", "").encode(codec, "ignore").strip() or b"x"
    value = quopri.encodestring(data).replace(b"\n", b"\r\n")
    head = f"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET={codec};ENCODING=QUOTED-PRINTABLE:".encode()
    found = only(folder / "b.vcf", head + value + b"\r\nTEL;CELL;PREF:+14155550100\r\nEND:VCARD\r\n")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode(codec)
    assert found == ({"FN": text.strip()} if text.strip() else {}) | {"TEL;CELL": "+14155550100"}


def test_a_card_of_an_iphone(folder: Path) -> None:
    text = card(
        "PRODID:-//Apple Inc.//iPhone OS 19.0//EN", "N:Brook;Ann;;;", "FN:Ann Brook",
        "ORG:Brook & Co\\, Ltd;Sales;North",
        "item1.EMAIL;type=INTERNET;type=pref:ann@brook.example", "item1.X-ABLabel:_$!<Work>!$_",
        "TEL;type=CELL;type=VOICE;type=pref:(415) 555-0100", "TEL;type=WORK,FAX:+1 415 555 0101",
        "item2.ADR;type=WORK:;;1 Long Street\\nFloor 2;Ghent;;9000;Belgium", "item2.X-ABADR:be",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-14", "REV:2026-03-14T09:30:00Z", "UID:7E2F",
        'X-SOCIALPROFILE;type=linkedin:https://www.linkedin.example/in/ann', "PHOTO;ENCODING=b;TYPE=JPEG:AAAA", " BBBB",
    )  # fmt: skip
    assert only(folder / "c.vcf", text) == {
        "N.family": "Brook", "N.given": "Ann", "FN": "Ann Brook", "ORG": "Brook & Co, Ltd",
        "ORG.department": "Sales; North",
        "EMAIL": "ann@brook.example", "TEL;CELL": "(415) 555-0100", "TEL;FAX": "+1 415 555 0101",
        "ADR;WORK.street": "1 Long Street\nFloor 2", "ADR;WORK.city": "Ghent", "ADR;WORK.postcode": "9000",
        "ADR;WORK.country": "Belgium", "BDAY.partial": "1604-03-14", "REV": "2026-03-14T09:30:00Z", "UID": "7E2F",
        "X-SOCIALPROFILE;LINKEDIN": "https://www.linkedin.example/in/ann",
    }  # fmt: skip


def test_a_card_of_version_4(folder: Path) -> None:
    text = card(
        "FN:Bo Maß", 'TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+49-30-5550101;ext=7',
        "EMAIL;TYPE=work:mailto:bo@x.example",
        "BDAY:19900314", "REV:20260314T093000Z", "UID:urn:uuid:1", "NOTE:a\\, b\\;c\\\\d: e",
        "PHOTO:data:image/jpeg;base64," + "A" * 200_000, version="4.0",
    )  # fmt: skip
    assert only(folder / "d.vcf", text) == {
        "FN": "Bo Maß", "TEL;HOME": "+49-30-5550101 ext. 7", "EMAIL;WORK": "bo@x.example", "BDAY": "1990-03-14",
        "REV": "2026-03-14T09:30:00Z", "UID": "urn:uuid:1", "NOTE": "a, b;c\\d: e",
    }  # fmt: skip


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_encodings_and_ends_of_lines(folder: Path, codec: str, end: str) -> None:
    text = (card("FN:Jörg Maß", "N:Maß;Jörg;;;") + card("FN:Zoë", "N:;Zoë;;;")).replace("\r\n", end)
    data = text.encode(codec)
    found = rows(folder / "e.vcf", data)
    assert found["FN"].to_list() == ["Jörg Maß", "Zoë"]
    assert found[LINE].to_list() == [1, 6]
    plain = "utf-16-le" if codec == "utf-16" else codec.removesuffix("-sig")
    for begin, stop in found.select(FROM, TO).rows():
        cut = data[begin:stop].decode(plain)
        assert cut.startswith("BEGIN:VCARD")
        assert cut.endswith("END:VCARD")


def test_what_is_damaged_is_one_row(folder: Path) -> None:
    text = (
        "BEGIN:VCARD\nFN:No end\n"
        + card("FN:Ann", "NOTE:" + "x" * 70_000)
        + "stray\n"
        + card("NOTE:" + "x" * MOST_CARD)
    )
    text += card() + "BEGIN:VCARD\nFN:Never ending\n"
    found = rows(folder / "f.vcf", text)
    assert found[RAGGED].to_list() == [
        "the card has no end", None, "a card of more than 1 MB", "the card cannot be read", "the card has no end",
    ]  # fmt: skip
    assert found.filter(pl.col(RAGGED).is_null())["FN"].to_list() == ["Ann"]


@pytest.mark.parametrize(
    "line",
    [
        "N;A" + "=b,c" * 20_000,
        "TEL" + ";A=" * 30_000 + '"',
        'TEL;"' + '";"' * 30_000,
        "NOTE;ENCODING=QUOTED-PRINTABLE:" + "QUOTED-PRINTABLE=\r\n" * 20_000,
        "N:" + ";" * 100_000,
        "N:" + "\\" * 100_001,
    ],
)
def test_no_line_keeps_the_reader_busy(folder: Path, line: str) -> None:
    began = time.monotonic()
    found = rows(folder / "g.vcf", card("FN:Ann", line) + card("FN:Bo"))
    assert time.monotonic() - began < 5
    assert found["FN"].to_list() == ["Ann", "Bo"]


def test_cards_are_recognised_with_and_without_ids() -> None:
    header = ("FN", "N.family", "N.given", "TEL;CELL", "EMAIL", "X-ABUID", "N.prefix")
    plain, keyed = detect(header), detect((*header, "UID"))
    assert plain is not None
    assert keyed is not None
    assert (plain.source, plain.entity, plain.key, keyed.key) == ("vcard", "contact", (), ("UID",))


def test_cards_without_an_id_come_in_beside_those_that_have_one(folder: Path) -> None:
    path = folder / "f.vcf"
    path.write_text(card("FN:Ann", "N:;Ann;;;", "UID:7") + card("FN:Bo", "TEL;CELL:+44 7700 900123") + card("FN:Cy"))
    with open_table(path, path.name, "") as table:
        mapping = detect(table.header, "vcard")
        assert mapping is not None
        made = interpret(table.parts(), mapping, "b", dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    assert made.split.rejected.height == 0
    ann, *others = made.records.sort("line")["key"].to_list()
    assert ann == "vcard:contact:7"
    assert [key.startswith("vcard:contact:row-") for key in others] == [True, True]
    assert len({*others}) == 2
