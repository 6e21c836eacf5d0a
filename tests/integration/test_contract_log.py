"""Contracts in the log outlive the package: what was put in force stays, and each version is found under one name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl
import pytest

import identity.contracts
import resources.contracts
from identity.contracts import canonical, shipped, version
from identity.errors import BadInputError
from identity.frames import CONTRACTS
from resources.contracts import Known, activate, approve, find, in_force, listed, propose, text
from resources.workspace import Workspace

OLD = shipped("client360")
NEW = canonical({**json.loads(OLD), "currency": "EUR"})


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A later release of the package, whose contract says something else."""

    def of_release(name: str) -> str:
        return NEW if name == "client360" else shipped(name)

    with monkeypatch.context() as patch:
        yield (
            patch.setattr(identity.contracts, "shipped", of_release),
            patch.setattr(resources.contracts, "shipped", of_release),
        )


def known(workspace: Workspace) -> list[Known]:
    with workspace.database.transaction() as connection:
        return [one for one in listed(connection) if one.name == "client360"]


def said(workspace: Workspace) -> str:
    with workspace.database.transaction() as connection:
        return canonical(identity.contracts.in_force(in_force(connection), "client360"))


def put(workspace: Workspace, body: str) -> None:
    propose(workspace.database, "client360", body, "ann", "why")
    approve(workspace.database, version(body), "bob", "why", alone=False)
    activate(workspace.database, version(body), "bob", "why")


def test_the_shipped_version_that_was_activated_stays_when_the_package_says_another(
    workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    other = canonical({**json.loads(OLD), "currency": "GBP"})
    put(workspace, other)
    activate(workspace.database, version(OLD), "ann", "back")
    assert said(workspace) == OLD
    request.getfixturevalue("release")
    assert said(workspace) == OLD
    with workspace.database.transaction() as connection:
        assert in_force(connection).rows() == [("client360", version(OLD), OLD)]
        states = [(one.version, one.shipped, one.active) for one in known(workspace)]
        assert states == [(version(NEW), True, False), (version(other), False, False), (version(OLD), True, True)]
        assert text(connection, find(listed(connection), version(OLD))) == OLD
    activate(workspace.database, version(NEW), "ann", "the new one")
    assert said(workspace) == NEW
    assert activate(workspace.database, version(OLD), "ann", "it came with the package once").active
    assert said(workspace) == OLD


def test_a_proposal_that_a_later_package_ships_is_one_version(
    workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    propose(workspace.database, "client360", NEW, "ann", "why")
    request.getfixturevalue("release")
    assert [(one.version, one.shipped) for one in known(workspace)] == [(version(NEW), True)]
    put(workspace, OLD)
    assert activate(workspace.database, version(NEW), "ann", "why").active  # what the package ships, nobody approves
    assert said(workspace) == NEW


def test_contracts_that_say_the_same_are_told_apart_by_name(workspace: Workspace) -> None:
    same = canonical({"account": {}, "contact": {}})
    for name in ("survivorship", "qualification"):
        propose(workspace.database, name, same, "ann", "why")
    with workspace.database.transaction() as connection:
        with pytest.raises(BadInputError) as refused:
            find(listed(connection), version(same))
        assert (refused.value.code, refused.value.hint) == ("unknown_contract", "write it as NAME:VERSION")
    made = approve(workspace.database, f"qualification:{version(same)[:6]}", "bob", "why", alone=False)
    assert (made.name, made.approved_by) == ("qualification", "bob")
    with workspace.database.transaction() as connection:
        states = {one.name: one.approved_by for one in listed(connection) if one.version == version(same)}
    assert states == {"survivorship": None, "qualification": "bob"}


def test_what_is_in_force_at_a_cut_is_what_was_activated_by_then(workspace: Workspace) -> None:
    put(workspace, NEW)
    activate(workspace.database, version(OLD), "ann", "back")
    with workspace.database.transaction() as connection:
        cuts = [in_force(connection, upto)["text"].to_list() for upto in range(5)]
    assert cuts == [[], [], [], [NEW], [OLD]]
    assert in_force_schema(workspace) == CONTRACTS


def in_force_schema(workspace: Workspace) -> pl.Schema:
    with workspace.database.transaction() as connection:
        return in_force(connection, 0).schema
