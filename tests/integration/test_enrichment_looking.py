"""Planning that looks at what changed does what planning that looks at everybody would do, whatever comes between."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

import resources.comfy.recipes
from identity.fields import RESOLVED, Entity
from resources.comfy.recipes import RECIPES, Recipe
from resources.enriching import planning, queue
from resources.enriching.accepting import Finished, accept
from resources.enriching.book import Book, Claim, Ending
from resources.enriching.keys import job_of
from resources.erasing import tables
from resources.workspace import Workspace
from tests.enriching import add_clients, change, drawn, jobs_of, publish

SEEDS, CLIENTS = 4, 3
TABLES = ("enrichment_job", "enrichment_want", "enrichment_look", "contact_360", "account_360")
MADE = {"card": drawn("red")}
OTHERS: tuple[tuple[Recipe, ...], ...] = (
    RECIPES,
    RECIPES,
    RECIPES[:2],
    (replace(RECIPES[0], fields=("display_name",)), *RECIPES[1:]),
    tuple(replace(recipe, priority=40 - recipe.priority) for recipe in RECIPES),
)
EDITS = (  # of a client; a name that it had before comes again often
    "update client set display_name = 'A' where canonical_id = :id",
    "update client set display_name = 'B' where canonical_id = :id",
    "update client set display_name = 'A', fit_score = :worth where canonical_id = :id",
    "update client set fit_score = :worth, open_count = 3 where canonical_id = :id",
    "update client set payload = '{\"seen\": 1}' where canonical_id = :id",
    "delete from client where canonical_id = :id",
    """insert into client select (jsonb_populate_record(c, jsonb_build_object('canonical_id', cast(:id as text)))).*
        from client c where not exists (select from client where canonical_id = :id) order by canonical_id limit 1""",
)


class Nobody:
    """Erased records: none, for the clients came from no file."""

    def among(self, _keys: object) -> list[str]:
        return []


class History:
    """What happens to clients and jobs between plannings, by a seed."""

    def __init__(self, workspace: Workspace, seed: int, patched: pytest.MonkeyPatch) -> None:
        self.workspace, self.chance, self.patched = workspace, random.Random(seed), patched
        self.use(RECIPES)
        self.held: list[tuple[Book, Claim]] = []
        self.told: Counter[str] = Counter()
        for entity in RESOLVED:
            add_clients(workspace, CLIENTS, entity)

    def step(self) -> None:
        """Something happens."""
        often, seldom = [self.edit, self.begin, self.end], [self.cancel, self.die, self.erase, self.deploy, self.back]
        self.chance.choice(often * 8 + seldom)()

    def edit(self) -> None:
        entity: Entity = self.chance.choice(RESOLVED)
        edit, client = self.chance.choice((*EDITS[:3] * 2, *EDITS)), f"{entity[0]}{self.chance.randint(1, CLIENTS):06d}"
        given = {"id": client, "worth": self.chance.randint(0, 99)}
        publish(self.workspace, edit, entity, **{name: given[name] for name in given if f":{name}" in edit})

    def begin(self) -> None:
        book = Book(self.workspace, f"run {self.chance.random()}", self.recipes)
        claims = book.claim(queue.handed_out(self.workspace, self.chance.randint(1, 8)))
        self.held += [(book, claim) for claim in claims if claim.shown is not None]

    def end(self) -> None:
        if not self.held:
            return
        book, claim = self.held.pop(self.chance.randrange(len(self.held)))
        how = self.chance.choice(("done", "done", "done", "cancelled", "stale", "failed", "again", "later"))
        if how == "done":
            accept(book, [Finished(claim, MADE, MADE)])
        elif how in ("cancelled", "stale"):
            book.write([], [Ending(claim.job, claim.attempt, how)])  # type: ignore[arg-type]
        else:
            again = {"failed": None, "again": 0.0, "later": 3600.0}[how]
            book.write([], [Ending(claim.job, claim.attempt, "failed", "lost", None, again)])

    def back(self) -> None:
        """A client is somebody else for a while, of whom pictures are made; then it is who it was."""
        client = f"c{self.chance.randint(1, CLIENTS):06d}"
        for name in ("A", "B", "A"):
            publish(
                self.workspace, "update client set display_name = :name where canonical_id = :id", name=name, id=client
            )
            self.check(1000)
            theirs = [job for job, facts in jobs_of(self.workspace).items() if facts["canonical_id"] == client]
            book = Book(self.workspace, f"run {self.chance.random()}", self.recipes)
            accept(book, [Finished(claim, MADE, MADE) for claim in book.claim(theirs) if claim.shown is not None])

    def cancel(self) -> None:
        states = ("planned", "running", "cancelling")
        jobs = sorted(name for name, job in jobs_of(self.workspace).items() if job["state"] in states)
        if jobs:
            queue.cancel(self.workspace, self.chance.choice(jobs))

    def die(self) -> None:
        """A lane dies, and another goes on with its attempts."""
        change(self.workspace, "update enrichment_job set lease_until = now() - interval '1 second'")
        book = Book(self.workspace, f"run {self.chance.random()}", self.recipes)
        self.held = [(book, claim) for claim in book.take_over(queue.abandoned(self.workspace))]

    def erase(self) -> None:
        """The jobs go of a client, or of what it was in its first versions."""
        client, lives = f"c{self.chance.randint(1, CLIENTS):06d}", self.chance.random() < 0.7
        if not lives:
            publish(self.workspace, "delete from client where canonical_id = :id", id=client)
        said = {"ids": [] if lives else [client], "stood": [(client, 1, 20)] if lives else [], "accounts": []}
        tables.purge(self.workspace, said, Nobody())  # type: ignore[arg-type]

    def deploy(self) -> None:
        """Recipes of another release."""
        self.use(self.chance.choice(OTHERS))

    def use(self, recipes: tuple[Recipe, ...]) -> None:
        self.recipes = recipes
        self.patched.setattr(resources.comfy.recipes, "RECIPES", self.recipes)

    def check(self, budget: int | None = None) -> None:
        """Plan, and hold it to what a planning would do that looks at everybody."""
        budget = self.chance.choice((0, 1, 3, 1000, 1000)) if budget is None else budget
        jobs, wants = jobs_of(self.workspace), wants_of(self.workspace, self.recipes)
        model = Model(jobs, wants, self.recipes)
        expected = model.planned(budget)
        total, shown = planning.wanted(self.workspace, 1000)
        assert jobs_of(self.workspace) == jobs
        assert (total, {one["job"] for one in shown}) == (len(model.wanted), model.wanted)
        done = planning.plan(self.workspace, budget)
        now = jobs_of(self.workspace)
        assert {
            name: (job["state"], job["version_360"], job["priority"], job["worth"]) for name, job in now.items()
        } == {name: (job["state"], job["version_360"], job["priority"], job["worth"]) for name, job in expected.items()}
        touched = {
            name for name, job in now.items() if name not in jobs or job["planned_at"] != jobs[name]["planned_at"]
        }
        assert touched == model.touched
        assert (done.new, done.again, done.stale) == (model.new, model.again, model.stale)
        assert done.waiting == sum(map(is_waiting, now.values()))
        self.told.update(new=done.new, again=done.again, stale=done.stale, shown=len(touched) - done.new - done.again)
        self.told.update(left=len(wants.keys() - now.keys()), unseen=len(wants) - done.seen)


Want = tuple[Recipe, dict[str, Any]]  # and the client that wants it


def wants_of(workspace: Workspace, recipes: tuple[Recipe, ...]) -> dict[str, Want]:
    """The job that each client wants of each recipe."""
    found: dict[str, Want] = {}
    for recipe in recipes:
        query = f"select {job_of(recipe)} as job, canonical_id, version, fit_score from {recipe.entity}_360 c"
        found |= {row["job"]: (recipe, row) for row in workspace.database.frame(query).to_dicts()}
    return found


def is_waiting(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "planned" or (job["state"] == "failed" and job["next_at"]))


def is_given_up(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "stale" or (job["state"] == "cancelled" and not job["cancel_wanted"]))


class Model:
    """A planning that looks at everybody, in memory."""

    def __init__(self, jobs: dict[str, dict[str, Any]], wants: dict[str, Want], recipes: tuple[Recipe, ...]) -> None:
        self.jobs, self.wants, self.recipes = {name: dict(job) for name, job in jobs.items()}, wants, recipes
        self.new = self.again = self.stale = 0
        self.touched: set[str] = set()
        self.wanted = {name for name in wants if name not in jobs or is_waiting(jobs[name]) or is_given_up(jobs[name])}

    def planned(self, budget: int) -> dict[str, dict[str, Any]]:
        """The jobs after it."""
        for name, job in self.jobs.items():
            if is_waiting(job) and name not in self.wants:
                job["state"], self.stale = "stale", self.stale + 1
        for name, (_, client) in self.wants.items():
            if name in self.jobs:
                self._wanted_again(name, client)
        for recipe in sorted(self.recipes, key=lambda recipe: recipe.priority):
            self._enter(recipe, budget - self.new - self._waiting(recipe))
        return self.jobs

    def _wanted_again(self, name: str, client: dict[str, Any]) -> None:
        job = self.jobs[name]
        if is_given_up(job):
            job |= {"state": "planned", "version_360": client["version"]}
            self.again += 1
            self.touched.add(name)
        elif job["state"] == "done" and any(
            (other["canonical_id"], other["template"]) == (job["canonical_id"], job["template"])
            and other["planned_at"] > job["planned_at"]
            for other in self.jobs.values()
        ):
            self.touched.add(name)

    def _waiting(self, recipe: Recipe) -> int:
        kind = (recipe.template, recipe.entity, "planned")
        return sum((job["template"], job["entity"], job["state"]) == kind for job in self.jobs.values())

    def _enter(self, recipe: Recipe, room: int) -> None:
        missing = [(name, c) for name, (r, c) in self.wants.items() if r == recipe and name not in self.jobs]
        missing.sort(key=lambda one: (-one[1]["fit_score"], one[1]["canonical_id"]))
        for name, client in missing[: max(0, room)]:
            self.jobs[name] = {
                "template": recipe.template, "entity": recipe.entity, "canonical_id": client["canonical_id"],
                "state": "planned", "version_360": client["version"], "priority": recipe.priority,
                "worth": client["fit_score"],
            }  # fmt: skip
            self.new += 1
            self.touched.add(name)


def test_planning_equals_one_that_looks_at_everybody(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Counter[str]()
    for seed in range(SEEDS):
        change(workspace, f"truncate {', '.join(TABLES)} cascade")
        history = History(workspace, seed, monkeypatch)
        for _ in range(30):
            for _ in range(history.chance.randint(0, 5)):
                history.step()
            history.check()
        told += history.told
    assert all(told[what] > SEEDS for what in ("new", "again", "stale", "shown", "left", "unseen")), told
