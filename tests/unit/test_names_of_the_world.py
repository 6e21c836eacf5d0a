"""Who is whom, in the table of cases: names of many cultures, namesakes, families, by the shipped model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
import yaml

from identity.clustering import Clustering, doubtful
from identity.frames import record_schema
from tests.anew import clustered

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "data" / "names.yaml").read_text("utf-8"))
FIELDS = {
    "full": "full_name", "first": "first_name", "last": "last_name", "born": "date_of_birth", "email": "email",
    "phone": "phone", "street": "street", "city": "city", "postcode": "postcode", "country": "country",
    "company": "company_name", "gender": "gender",
}  # fmt: skip


def record(key: str, said: dict[str, Any]) -> dict[str, Any]:
    """A record of what a side of a case says; a column that is not known is an error."""
    fields = {FIELDS[name]: str(value) for name, value in said.items()}
    return {"key": key, **{n: [v] if n in {"email", "phone"} else v for n, v in fields.items()}}


@pytest.fixture(scope="module")
def resolved() -> Clustering:
    rows = [record(f"{n:03d}{side}", case[side]) for n, case in enumerate(CASES) for side in ("left", "right")]
    return clustered(pl.DataFrame(rows, schema=record_schema("contact")), "contact")


def came_of(number: int, resolved: Clustering) -> bool | Literal["ask"]:
    """Whether the sides of a case are one, two, or a person is asked."""
    pair = [f"{number:03d}left", f"{number:03d}right"]
    home = resolved.clusters.filter(pl.col("key").is_in(pair))["cluster"]
    if home[0] == home[1]:
        return True
    asked = doubtful(resolved.edges, resolved.clusters).filter(
        (pl.col("left") == pair[0]) & (pl.col("right") == pair[1])
    )
    return "ask" if asked.height else False


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c['culture']}: {c['why']}" for c in CASES])
def test_who_is_whom(number: int, resolved: Clustering) -> None:
    came, expected = came_of(number, resolved), CASES[number]["same"]
    assert came in ({False, "ask"} if expected is False else {expected})


def test_cases_do_not_meet(resolved: Clustering) -> None:
    together = resolved.clusters.group_by("cluster").agg(pl.col("key").str.head(3).n_unique().alias("cases"))
    assert together["cases"].max() == 1


def test_the_table_is_wide() -> None:
    assert len(CASES) >= 200
    assert len({case["culture"] for case in CASES} - {"any"}) >= 30
    assert {False, True, "ask"} == {case["same"] for case in CASES}
