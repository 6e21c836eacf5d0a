"""Names, mailboxes, hosts, companies, postcodes and streets as they are compared."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.addresses import street_key
from identity.companies import FORMERLY, TRADING_AS, company_key, company_names
from identity.distinct import by_value, listed, once
from identity.frames import record_schema
from identity.hosts import registered
from identity.mailboxes import mailbox_features
from identity.names import name_features
from identity.nicknames import formal_names
from identity.postcodes import district, postcode_key
from identity.surnames import family_forms, family_parts

FIELDS = dict.fromkeys(("first_name", "last_name", "full_name"), pl.String)
X = pl.col("x")


def name(**fields: str) -> dict[str, Any]:
    return name_features(pl.DataFrame([fields], schema=FIELDS)).row(0, named=True)


def one(make: pl.Expr, value: str) -> Any:
    return pl.DataFrame({"x": [value]}, schema={"x": pl.String}).select(make).item()


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Dr. Juan Q. Xavier de la Vega III (Doc Vega)", "juan", "delavega"),
        ("García Márquez, Gabriel", "gabriel", "garciamarquez"),
        ("NGUYEN Van An", "an", "nguyen"),
        ("Jean-Pierre DUPONT", "jeanpierre", "dupont"),
        ("Smith, John Jr.", "john", "smith"),
        ("Jan van der Berg", "jan", "vanderberg"),
        ("Mohammed bin Salman Al Saud", "mohammed", "alsaud"),
        ("Иванов Иван Иванович", "ivan", "ivanov"),
        ("Kim Min-jun", "minjun", "kim"),
        ("Wang Xiao Ming", "xiaoming", "wang"),
        ("李小龙", "xiaolong", "li"),
        ("김철수", "cheolsu", "gim"),
        ("Nagy János", "janos", "nagy"),
        ("John Smith, MD, PhD", "john", "smith"),
        ("Γιώργος Παπαδόπουλος", "giorgos", "papadopoulos"),
        ("Karl Weidner sen.", "karl", "weidner"),
        ("Suharto", "suharto", None),
        ("António Neto", "antonio", "neto"),
    ],
)
def test_full_names(full: str, first: str, last: str | None) -> None:
    row = name(full_name=full)
    assert (row["first"], row["last"]) == (first, last)


@pytest.mark.parametrize(
    ("fields", "column", "value"),
    [
        ({"full_name": 'William "Bill" Gray'}, "nick", "bill"),
        ({"first_name": "William (Bill)"}, "nick", "bill"),
        ({"first_name": "Jean-Pierre"}, "short", "jean"),
        ({"first_name": "J. Robert"}, "short", "robert"),
        ({"first_name": "Min Jun"}, "whole", "minjun"),
        ({"first_name": "Abd al-Rahman"}, "first", "abdalrahman"),
        ({"first_name": "Văn An"}, "first", "an"),
        ({"full_name": "Anna Weber geb. Schmidt"}, "parts", ["schmidt"]),
        ({"last_name": "Weber née Schmidt"}, "parts", ["schmidt"]),
        ({"full_name": "Gabriel García Márquez"}, "parts", ["garcia"]),
        ({"full_name": "John Ridge Jr."}, "generation", "jr"),
        ({"last_name": "Medeiros Filho"}, "generation", "jr"),
        ({"full_name": "Ivo Ridge III"}, "generation", "iii"),
        ({"first_name": "Junior"}, "generation", None),
        ({"full_name": "Karl Weidner jun."}, "generation", "jr"),
        ({"full_name": "Kim Min Jun"}, "generation", None),
        ({"full_name": "John St Clair"}, "generation", None),
    ],
)
def test_parts_of_names(fields: dict[str, str], column: str, value: Any) -> None:
    assert name(**fields)[column] == value


@pytest.mark.parametrize(
    ("one_form", "other"),
    [
        ("novakova", "novak"), ("ivanova", "ivanov"), ("kowalska", "kowalski"), ("kovalskaya", "kowalski"),
        ("havlova", "havel"), ("novotna", "novotny"), ("kazlauskiene", "kazlauskas"), ("berzina", "berzins"),
        ("papadopoulou", "papadopoulos"), ("georgiadi", "georgiadis"), ("smirnoff", "smirnov"), ("mueller", "muller"),
        ("tolstoi", "tolstoy"), ("van der berg", "berg"), ("al sayed", "elsayed"), ("kim", "gim"), ("wong", "huang"),
        ("mukherjee", "mukhopadhyay"),
    ],
)  # fmt: skip
def test_forms_of_family_names_meet(one_form: str, other: str) -> None:
    assert set(family_forms(one_form)) & set(family_forms(other))


@pytest.mark.parametrize(
    ("one_form", "other"), [("smith", "schmidt"), ("gunnarsson", "gunnarsdottir"), ("novak", "novotny"), ("li", "lin")]
)
def test_other_families_do_not_meet(one_form: str, other: str) -> None:
    assert not set(family_forms(one_form)) & set(family_forms(other))


def test_double_family_names_have_parts() -> None:
    assert family_parts("garcia lopez") == ["garcia", "lopez"]
    assert family_parts("van der berg") is None


@pytest.mark.parametrize(
    ("spelling", "formal"),
    [("mohamad", "mohammed"), ("juergen", "jurgen"), ("abdulrahman", "abdrahman"), ("dmitrii", "dmitry"),
     ("youssef", "youssef"), ("william bill", "william")],
)  # fmt: skip
def test_spellings_of_given_names(spelling: str, formal: str) -> None:
    assert formal in formal_names(spelling)


def test_mailboxes_by_the_rules_of_their_providers() -> None:
    lists = [["Ann.Lee+crm@Googlemail.com", "annlee@gmail.com"], ["info@acme.example"], ["x.77@mail.acme.co.uk"], None,
             ["ann-crm@yahoo.co.uk"], ["a.b@pm.me"], ["a.b+c@acme.example"]]  # fmt: skip
    made = mailbox_features(pl.Series(lists), pl.Series([None] * 6 + ["www.acme.example"], dtype=pl.String))
    assert made["emails"].to_list() == [
        ["annlee@gmail.com"], None, ["x.77@mail.acme.co.uk"], None, ["ann@yahoo.co.uk"], ["ab@proton.me"],
        ["a.b@acme.example"],
    ]  # fmt: skip
    assert made["domains"].to_list() == [None, ["acme.example"], ["acme.co.uk"], None, None, None, ["acme.example"]]
    assert made["handles"].to_list() == [None, None, ["x.77"], None, None, None, None]


@pytest.mark.parametrize(
    ("host", "domain"),
    [("mail.acme.co.uk", "acme.co.uk"), ("acme.co.uk", "acme.co.uk"), ("a.b.acme.example", "acme.example"),
     ("acme.example", "acme.example"),
     ("shop.acme.com.br", "acme.com.br"), ("co.uk", "co.uk"), ("localhost", "localhost")],
)  # fmt: skip
def test_registered_domains(host: str, domain: str) -> None:
    assert one(registered(X), host) == domain


@pytest.mark.parametrize(
    ("company", "key"),
    [
        ("Heron Sp. z o.o.", "heron"), ("Heron GmbH & Co. KG", "heron"), ("株式会社ヘロン", "heron"),
        ("ООО Ромашка", "romashka"),
        ("Heron UAB", "heron"), ("Heron OÜ", "heron"), ("Heron Pty Ltd", "heron"), ("Heron A/S", "heron"),
        ("Northwind Ltd t/a Bluebird Foods", "bluebird foods"), ("Heron d.b.a. Bluebird", "bluebird"),
        ("Bluebird (formerly Northwind Ltd)", "bluebird"), ("Smith & Sons, Inc.", "smith sons"),
        ("Studio Seven", "studio 7"),
        ("Holding AG", "holding ag"),
    ],
)  # fmt: skip
def test_companies(company: str, key: str) -> None:
    assert one(company_key(X), company) == key


def names(company: str | None) -> Any:
    (found,) = company_names(pl.Series([company], dtype=pl.String)).to_list()
    return found


PIECES = ["Heron", "GmbH", "t.a.", "t/a", "t/as", "d.b.a.", "db/a", "d.ba", "dba", "trading as", "doing business as",
          "formerly", "f/k/a", "fka", "ehemals", "ex", "(", ")", ",", "Northwind", "Goldbach", ":"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map(" ".join))
def test_whatever_says_that_a_company_has_several_names_is_read(company: str) -> None:
    """Only names that may say so are taken apart; the others are none the less all their names."""
    parts = [company, re.sub(rf"{TRADING_AS}.*$", "", company, count=1)]
    said = [re.search(rf"{pattern}(.+)$", company) for pattern in (TRADING_AS, FORMERLY)]
    keys = {one(company_key(X), text) for text in (*parts, *(found[1] for found in said if found))}
    assert names(company) == (sorted(keys - {None}) or None)


def test_all_names_of_a_company() -> None:
    assert names(None) is None
    assert names("Northwind Ltd t/a Bluebird Foods") == ["bluebird foods", "northwind"]
    assert names("Bluebird (formerly Northwind Ltd)") == ["bluebird", "northwind"]


@pytest.mark.parametrize(
    ("postcode", "country", "key"),
    [
        ("D-80331", "DE", "80331"), ("80331", None, "80331"), ("1067", "DE", "01067"), ("02139-4301", "US", "02139"),
        ("021394301", "US", "02139"), ("2139", "US", "02139"), ("2139", None, "2139"), ("SW1A 1AA", "GB", "sw1a1aa"),
        ("1012 ab", "NL", "1012ab"), ("k1a 0b1", "CA", "k1a0b1"), ("CH-8001", "CH", "8001"),
        ("01310-100", "BR", "01310100"),
        ("SK-811 01", "SK", "sk81101"), ("—", "DE", None),
    ],
)  # fmt: skip
def test_postcodes(postcode: str, country: str | None, key: str | None) -> None:
    frame = pl.DataFrame({"x": [postcode], "c": [country]}, schema={"x": pl.String, "c": pl.String})
    assert frame.select(postcode_key(X, pl.col("c"))).item() == key


def test_districts() -> None:
    assert one(district(X), "sw1a1aa") == "sw1a"
    assert one(district(X), "80331") == "803"


@pytest.mark.parametrize(
    ("street", "key"),
    [
        ("12 N Main St.", "12 main street"), ("Hauptstr. 5", "haupt street 5"), ("Hauptstraße 5", "haupt street 5"),
        ("ul. Długa 3", "ulica dluga 3"), ("Via Roma n. 1", "via roma 1"), ("Kossuth Av. Nr. 7", "kossuth avenue 7"),
        ("Kerkstraat 1", "kerk street 1"), ("Jln. Merdeka No. 4", "jalan merdeka 4"),
    ],
)  # fmt: skip
def test_streets(street: str, key: str) -> None:
    assert one(street_key(X), street) == key


VALUES = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c", "é"])), max_size=12)


@given(VALUES)
def test_work_by_distinct_value_is_work_by_value(values: list[str | None]) -> None:
    series = pl.Series("x", values, dtype=pl.String)
    expected = [None if v is None else v.upper() for v in values]
    assert by_value(series, lambda s: s.str.to_uppercase()).to_list() == expected
    assert series.to_frame().select(once(X, lambda x: x.str.to_uppercase())).to_series().to_list() == expected
    assert series.to_list() == values


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), max_size=12))
def test_lists_are_sorted_and_distinct(pairs: list[tuple[int, str]]) -> None:
    rows, values = [row for row, _ in pairs], [value for _, value in pairs]
    found = listed(pl.Series(rows, dtype=pl.UInt32), pl.Series(values, dtype=pl.String), 4).to_list()
    assert found == [sorted({v for r, v in pairs if r == row}) or None for row in range(4)]


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), min_size=1, max_size=5))
def test_any_text_is_a_name_of_somebody(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"full_name": texts, "first_name": texts[::-1], "last_name": texts}, schema_overrides=FIELDS)
    assert name_features(frame).height == len(texts)
    assert {"first_name", "last_name", "full_name"} <= set(record_schema("contact"))
