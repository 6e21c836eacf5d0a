"""By what an erased person is known again, and what may stay of entries that name one."""

from __future__ import annotations

import hmac
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import BadInputError
from identity.recognition import key_tokens, tokens
from identity.redaction import Person, redacted
from resources.erasing.known import Erased
from resources.erasure_key import ErasureKey, key_id, keyed
from resources.erasures import Erasures, Withheld

KEY = b"0" * 32
ZOE: dict[str, object] = {
    "source": "crm", "source_id": "7", "first_name": "Zoë", "last_name": "Quill", "full_name": None,
    "email": ["Zoe@Quill.example", None], "phone": ["+12025550143"], "national_id": "QF-77 8",
    "date_of_birth": "1961-02-27",
}  # fmt: skip
SCHEMA = {name: pl.List(pl.String) if name in ("email", "phone") else pl.String for name in ZOE}


def rows(*people: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(people, schema=SCHEMA).with_row_index("at")


def of(*people: dict[str, object]) -> set[str]:
    return set(tokens(rows(*people), "contact", "at")["token"])


def test_tokens_of_a_contact() -> None:
    assert of(ZOE) == {
        "key\0crm:contact:7", "email\0zoe@quill.example", "phone\0+12025550143", "national_id\0qf778",
        "born\0zoe quill 1961-02-27",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "ZOE", "last_name": "quill"},
        {"full_name": "Zoé Quill", "first_name": None, "last_name": None},
        {"national_id": "qf778"},
        {"email": ["ZOE@QUILL.EXAMPLE"]},
    ],
)
def test_writing_makes_no_difference(other: dict[str, object]) -> None:
    assert of({**ZOE, **other}) == of(ZOE)


def test_a_row_that_says_little_has_its_key_alone() -> None:
    nobody = dict.fromkeys(ZOE) | {"source": "crm", "source_id": "1", "email": [], "date_of_birth": "1961-02-27"}
    assert of(nobody) == {"key\0crm:contact:1"}
    assert of(nobody | {"source_id": None}) == set()


def test_deals_are_known_by_their_key_and_those_whom_they_name() -> None:
    deal = pl.DataFrame({"at": [3], "source": ["crm"], "source_id": ["d1"], "contact_source_id": [["7", "8"]]})
    found = tokens(deal, "opportunity", "at")
    assert set(found["token"]) == {"key\0crm:opportunity:d1", "key\0crm:contact:7", "key\0crm:contact:8"}
    assert set(found["at"]) == {3}


def test_rows_are_held_by_line_unless_they_were_released() -> None:
    known = frozenset(keyed(KEY, pl.Series(["email\0zoe@quill.example", "phone\0+12025550143"])))
    people = rows({**ZOE, "source_id": "x"}, {**ZOE, "email": ["a@b.example"], "phone": []}, {**ZOE, "phone": []})
    found = Withheld(known=known, key=KEY).held(people.drop("source"), "shop", "contact", "at")
    assert found["line"].to_list() == [0, 2]
    assert set(found["hash"]) <= known
    released = Withheld(known=known, released=frozenset({0}), key=KEY).held(people, "shop", "contact", "at")
    assert released["line"].to_list() == [2]
    assert Withheld().held(people, "shop", "contact", "at").is_empty()


@given(st.binary(min_size=32, max_size=200), st.text(max_size=20))
def test_hashes_are_hmac_sha_256(key: bytes, text: str) -> None:
    assert keyed(key, pl.Series([text]))[0] == hmac.digest(key, text.encode(), "sha256").hex()


@given(st.lists(st.text(max_size=5)))
def test_hashes_are_of_each_text_alone(texts: list[str]) -> None:
    found = keyed(KEY, pl.Series(texts, dtype=pl.String)).to_list()
    assert found == [keyed(KEY, pl.Series([text]))[0] for text in texts]
    assert all(keyed(b"1" * 32, pl.Series([text]))[0] != digest for text, digest in zip(texts, found, strict=True))


def test_only_erased_keys_get_a_pseudonym() -> None:
    erased = Erased(KEY, frozenset(keyed(KEY, key_tokens(pl.Series(["crm:contact:7"])))))
    keys = pl.Series(["crm:contact:7", "crm:contact:8", None])
    first, *rest = erased.pseudonyms(keys)
    assert (first.startswith("erased:"), rest) == (True, ["crm:contact:8", None])
    assert erased.among(["crm:contact:8", "crm:contact:7", "crm:contact:7"]) == ["crm:contact:7"]


def test_a_key_is_made_once_and_told_from_another(tmp_path: Path) -> None:
    own = ErasureKey(file=tmp_path / "home" / "erasure.key")
    with pytest.raises(BadInputError, match="is not there"):
        own.read()
    key = own.make()
    assert (own.make(), own.read(), len(key)) == (key, key, 64)
    assert own.file is not None
    assert own.file.stat().st_mode & 0o777 == 0o600
    assert key_id(key) != key_id(ErasureKey("k" * 32).read())
    with pytest.raises(BadInputError, match="is not there"):
        ErasureKey().make()


ME = Person.of(["c_me"], ["crm:contact:7"], ["Zoë Quill", "zoe@quill.example"])
JUDGED = {
    "judgements": [["same", "crm:contact:1", "crm:contact:7"], ["different", "crm:contact:1", "crm:contact:2"]],
    "reason": "seen at the fair", "shown": {"crm:contact:1": "aa", "crm:contact:7": "bb"},
}  # fmt: skip


def test_judgements_of_others_stay() -> None:
    assert redacted(JUDGED, ME) == {
        "judgements": [["different", "crm:contact:1", "crm:contact:2"]], "reason": "(erased)",
        "shown": {"crm:contact:1": "aa"},
    }  # fmt: skip
    assert redacted({**JUDGED, "judgements": JUDGED["judgements"][:1]}, ME) is None


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ({"overrides": {"key": "crm:contact:7", "value": "Zo"}, "reason": ""}, None),
        (
            {"overrides": {"key": "crm:contact:1", "value": "Zoë Quill"}, "reason": "as Zoë Quill said"},
            {"overrides": {"key": "crm:contact:1", "value": "Zoë Quill"}, "reason": "as (erased) said"},
        ),
        ({"sets": {"id": "c_me", "value": "Zo"}}, None),
        ({"retracts": 3, "reason": "ZOË QUILL asked"}, {"retracts": 3, "reason": "(erased) asked"}),
        (
            {"rules": {}, "file": "zoë quill.vcf", "member": "zoë quill"},
            {"rules": {}, "file": "(erased).vcf", "member": "zoë quill"},
        ),
        ({"erases": "c_me", "restated": {"3": JUDGED}}, {"erases": "c_me", "restated": {"3": redacted(JUDGED, ME)}}),
        ({"requests": "c_me", "reason": "r 17"}, {"requests": "c_me", "reason": "r 17"}),
    ],
)
def test_entries_without_the_person(said: dict[str, object], rest: dict[str, object] | None) -> None:
    assert redacted(said, ME) == rest


def test_ids_that_wore_a_person_are_known_by_version() -> None:
    said = Erasures(((4, {"erases": "c_a", "ids": ["c_a", "c_b"], "stood": [["c_x", 2, 4], ["c_x", 6, 7]]}),))
    assert [said.person(name) for name in ("c_a", "c_b", "c_x")] == ["c_a", "c_a", None]
    assert [version for version in range(1, 9) if said.stood("c_x", version)] == [2, 3, 6]
    assert not said.stood("c_b", 2)


def test_evidence_is_followed_to_where_it_stands() -> None:
    first = {
        "erases": "c_a",
        "files": {"s": {"became": "t", "rows": {"": [3]}}},
        "hashes": ["h"],
        "batches": {"b": [3]},
    }
    second = {
        "erases": "c_b",
        "files": {"s": {"became": "u", "rows": {"": [5], "m": [1]}}},
        "hashes": [],
        "batches": {},
    }
    said = Erasures(
        ((4, first), (7, second), (8, {"of": 4, "ledger": {"x": "y"}}), (9, {"of": 7, "ledger": {"y": "z"}}))
    )
    assert (said.evidence("s"), said.evidence("q"), said.ledger("x"), said.ledger("q")) == ("u", "q", "z", "q")
    assert said.files() == {"s": {"": frozenset({3, 5}), "m": frozenset({1})}}
    assert (said.known(4), said.known(5)) == ({}, {"h": 4})
    assert [seq for seq, _ in said.unfinished()] == [4, 7]
