"""Invented exports: repeatable, and the hard ones hold what makes real CRMs hard."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from velocity_pipelines.synth import Difficulty, write_exports
from velocity_pipelines.synth.names import names
from velocity_pipelines.synth.society import make_society
from velocity_pipelines.synth.world import RATES, HardRates, World

ROWS = 20_000
EVERY_FILE = {  # of 20,000 rows and a seed; shipped epochs and tests rest on these bytes
    ("easy", 1): "21eb1b6f8601c0fda992424ce7cad916bcfe7ee8a67a11b7738dbb1bcd95fa8b",
    ("normal", 1): "602fb8091468434ebb9400806ca7fdb4ca29c5df9ea84a3bd182dd44901e4502",
    ("easy", 9001): "687290ed4b79aef86d35ea64faabef6c267d089c0b9f16a3c8f822ccfac9bd49",
    ("normal", 9001): "60c7eb9b5d02b802f5afb38206456c3044b940d0eb1125e7c1043edbdc6614f4",
}


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


@pytest.mark.parametrize(("difficulty", "seed"), list(EVERY_FILE))
def test_easy_and_normal_stay_as_they_are(difficulty: Difficulty, seed: int, tmp_path: Path) -> None:
    write_exports(ROWS, seed, tmp_path, difficulty)
    assert digest(tmp_path) == EVERY_FILE[difficulty, seed]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_exports(2000, seed, tmp_path / name, "hard")
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hard")
    write_exports(ROWS, 1, folder, "hard")
    return folder


@pytest.fixture(scope="module")
def people(exports: Path) -> pl.DataFrame:
    """Contact rows of the HubSpot-like CRM with the person of each, malformed ones left out."""
    rows = pl.read_csv(exports / "hubspot_contact.csv", infer_schema=False)
    truth = pl.read_parquet(exports / "truth.parquet").filter(
        (pl.col("source") == "hubspot") & (pl.col("entity") == "contact")
    )
    known = truth.select(pl.col("source_id").alias("Record ID"), person="true_id")
    return rows.join(known, on="Record ID").unique("Record ID", keep="first", maintain_order=True)


def share(rows: pl.DataFrame, test: pl.Expr) -> float:
    return float(rows.select(test.fill_null(value=False).mean()).item())


def test_hubs(people: pl.DataFrame) -> None:
    boxes = people.filter(pl.col("Email").str.to_lowercase().str.starts_with("info@"))
    shared = boxes.group_by(pl.col("Email").str.to_lowercase()).agg(pl.col("person").n_unique())
    assert 0.01 <= boxes.height / people.height <= 0.05
    assert shared["person"].max() > 10  # type: ignore[operator]
    digits = people.select("person", number=pl.col("Phone Number").str.replace_all(r"\D", "").str.tail(9))
    boards = digits.drop_nulls().group_by("number").agg(pl.col("person").n_unique())
    assert boards.filter(pl.col("person") > 15).height >= 3


def test_placeholders(people: pl.DataFrame) -> None:
    phone, born = pl.col("Phone Number"), pl.col("Date of birth")
    assert 0.004 <= share(people, phone.str.contains(r"^[0-]+$|^1234567|555-?\s?0100$|^(9+|1+)$")) <= 0.012
    assert 0.0005 <= share(people, pl.col("Email").str.contains(r"(?i)^(no-?reply|none|test|x)@")) <= 0.004
    assert 0.001 <= share(people, born.is_in(["1900-01-01", "1970-01-01", "1901-01-01"])) <= 0.012
    assert share(people, pl.col("Last Name").str.contains(r"(?i)^(unknown|-|n/a|test|\?)$")) > 0.0005
    assert share(people, pl.col("Company Name").str.contains(r"(?i)^(self.employed|freelancer?|n/a)$")) > 0.02


def test_birth_dates_profiles_and_postcodes_are_known_of_a_part(people: pl.DataFrame) -> None:
    assert 0.5 <= share(people, pl.col("Date of birth").is_not_null()) <= 0.7
    assert 0.2 <= share(people, pl.col("LinkedIn URL").is_not_null()) <= 0.4
    assert 0.3 <= share(people, pl.col("Postal Code").is_not_null()) <= 0.5


@pytest.fixture(scope="module")
def society() -> World:
    """The truth of 20,000 people."""
    rates = RATES["hard"]
    assert isinstance(rates, HardRates)
    return make_society(20_000, rates, np.random.default_rng(1))


def pairs(people: pl.DataFrame, *same: str) -> pl.DataFrame:
    """Pairs of two people that agree in these columns."""
    both = people.join(people, on=same, suffix="_other", nulls_equal=False)
    return both.filter(pl.col("person") < pl.col("person_other"))


def test_companies_of_all_sizes(society: World) -> None:
    sizes = society.people.group_by("employer").len()["len"]
    assert sizes.max() > 100  # type: ignore[operator]
    assert sizes.median() < 10  # type: ignore[operator]


def test_twins(society: World) -> None:
    twins = pairs(society.people, "born", "family", "street", "woman").filter(pl.col("given") != pl.col("given_other"))
    begun = names().latin[twins["given"].to_numpy(), 0], names().latin[twins["given_other"].to_numpy(), 0]
    alike = [a[0] == b[0] for a, b in zip(*begun, strict=True)]
    assert 80 <= twins.height <= 160
    assert sum(alike) / len(alike) > 0.7


def test_households(society: World) -> None:
    kin = pairs(society.people, "street", "family", "landline", "postcode")
    assert kin.height >= 3000
    assert (kin["mobile"] != kin["mobile_other"]).all()


def test_namesakes(society: World) -> None:
    named = pairs(society.people, "given", "family", "second").filter(pl.col("street") != pl.col("street_other"))
    assert named.height >= 600
    assert named.filter(pl.col("place") == pl.col("place_other")).height >= 200
    assert named.filter(pl.col("employer") == pl.col("employer_other")).height >= 20


def test_sons_of_the_same_name(society: World) -> None:
    sons = pairs(society.people, "given", "family", "street").filter(pl.col("suffix") != pl.col("suffix_other"))
    assert sons.height >= 60
    assert (sons["born"] != sons["born_other"]).all()


def test_what_is_each_persons_own(society: World) -> None:
    people = society.people
    assert people["profile"].n_unique() == people.height
    assert people["mobile"].n_unique() == people.height
    assert pairs(people, "work").is_empty()
    assert 0.9 < people["private"].n_unique() / people.height < 1  # families share some


def test_call_centres(society: World) -> None:
    boards = society.companies.group_by("switchboard").len().filter(pl.col("len") > 1)
    assert boards["len"].sum() >= 20


def test_a_big_postcode(society: World) -> None:
    assert society.people["postcode"].value_counts()["count"].max() > 200  # type: ignore[operator]


def test_job_changes(people: pl.DataFrame) -> None:
    work = people.filter(~pl.col("Email").str.contains(r"(?i)@(mail|post|inbox|webmail)\."))
    domains = work.group_by("person").agg(pl.col("Email").str.to_lowercase().str.extract("@(.+)$").n_unique(), pl.len())
    assert domains.filter((pl.col("len") > 1) & (pl.col("Email") > 1)).height >= 10


def test_names_in_their_own_scripts_and_orders(exports: Path) -> None:
    written = pl.read_csv(exports / "salesforce_contact.csv", infer_schema=False)
    for script in ("Han", "Hangul", "Katakana", "Arabic", "Cyrillic", "Greek", "Thai"):
        assert written["LastName"].str.contains(rf"\p{{{script}}}").sum() > 0, script
    assert written.filter(pl.col("FirstName").is_null() & pl.col("LastName").is_in(["Suharto", "Sumiati"])).height > 0
    guests = pl.read_csv(exports / "events_contact.csv", infer_schema=False)["Full Name"]
    assert guests.str.contains("^(Nagy|Kovács|Wang|Nguyễn) ").sum() > 0


def test_common_names_are_common() -> None:
    pool = names()
    assert len(pool.latin) > 5000
    assert len(pool.cultures) >= 15


def test_nothing_leads_to_real_people(exports: Path, people: pl.DataFrame) -> None:
    ends = (
        people["Email"]
        .drop_nulls()
        .str.strip_chars()
        .str.to_lowercase()
        .str.extract(r"\.([a-z]+)$")
        .value_counts(sort=True)
    )
    assert ends.row(0)[0] == "example"
    assert ends["count"][0] / ends["count"].sum() > 0.99  # the others are slips of the keyboard
    text = (exports / "salesforce_contact.csv").read_text("utf-8")
    assert set(re.findall(r"https?://([^/,]+)", text)) == {"www.linkedin.example"}
