"""Organisations that have nothing but a name, where it is known which words are rare."""

from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from identity.account_model import ACCOUNT
from identity.epoch import shipped, thousandths
from identity.features import features
from identity.frames import record_schema
from identity.rarity import rated
from identity.scoring import matcher
from identity.training import train

# A word that is not in the table counts four times as much as the commonest, california two times.
COMMON = {"univers": 400, "institu": 90, "technol": 90, "compute": 90, "usa": 400, "califor": 90, "departm": 90}
EPOCH = dataclasses.replace(shipped("account"), frequencies={"terms": COMMON})


def named(*names: str) -> pl.DataFrame:
    rows = [{"key": f"k{n:05}", "name": name} for n, name in enumerate(names)]
    return pl.DataFrame(rows, schema=record_schema("account"))


def level(one: str, other: str) -> str:
    match = matcher("account", EPOCH)
    found = match.compare(match.features(named(one, other)), pl.DataFrame({"l": [0], "r": [1]}))
    return EPOCH.level_at("name", found["bits_name"][0])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("University of Wickton", "Univ. of Wickton, USA", "within"),
        ("Dept. of Physics, University of Wickton", "University of Wickton, Wickton, USA", "within"),
        ("Velbri Institute of Technology", "Velbri Inst. Technol., Hartmon, USA", "telling"),
        ("H&M", "HM", "word"),
        ("VHIT", "Velbri Hartmon Institute of Technology", "initials"),
    ],
)
def test_the_same(one: str, other: str, expected: str) -> None:
    assert level(one, other) == level(other, one) == expected
    assert thousandths(ACCOUNT.prior) + EPOCH.weights["name"][expected] >= thousandths(ACCOUNT.join)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Acme 2", "Acme", "stem"),
        ("University of Wickton, USA", "University of Hartmon, USA", "half"),
        ("Wickton University, Hartmon, USA", "Velbri University, Hartmon, USA", "partly"),
        ("University of California, Wickton", "University of California, Hartmon", "some"),
        ("Heron Textiles", "Heron Logistics", "half"),
        ("Heron Labs", "Alder Timber", "different"),
    ],
)
def test_not_the_same_by_name_alone(one: str, other: str, expected: str) -> None:
    assert level(one, other) == level(other, one) == expected
    assert thousandths(ACCOUNT.prior) + EPOCH.weights["name"][expected] < thousandths(ACCOUNT.join)


def test_departments_are_no_words_of_an_organisation_unless_nothing_else_is_named() -> None:
    made = features(named("School of Law, University of Wickton", "School of Law"), "account")
    assert made["terms"].to_list() == [["univers", "wickton"], ["law", "school"]]


def test_a_word_stands_as_often_as_it_is_rare() -> None:
    made = features(named("University of Wickton"), "account")
    weighed = rated(made, ACCOUNT, {"terms": {"univers": 400, "usa": 20}})["terms_rate"].to_list()
    assert weighed == [["univers", "wickton", "wickton 1", "wickton 2", "wickton 3"]]
    assert rated(made, ACCOUNT, {})["terms_rate"].to_list() == [None]


def test_from_names_alone_nothing_is_learned_that_people_do_not_think() -> None:
    towns = [
        f"{a}{b}{c}ton" for a in ("wick", "har", "vel", "bri") for b in "aeiou" for c in ("ren", "mil", "sto", "gal")
    ]
    names = [f"{kind} {town}{end}" for town in towns for kind in ("Univ. of", "University of") for end in _ENDS]
    epoch = train(named(*names), ACCOUNT, "a test")
    thought = {level.name: thousandths(level.bits) for level in ACCOUNT.comparisons[0].levels}
    assert all(abs(weight - thought[name]) <= 5 for name, weight in epoch.weights["name"].items())
    assert epoch.prior == thousandths(ACCOUNT.prior)


_ENDS = ("", ", USA", ", Physics Dept", ", Mill Lane", ", North", ", Box 7", ", Department of Law")
