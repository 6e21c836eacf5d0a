"""Contracts: list and show them, propose one from a file, approve it, put it in force.

Not here: how they stand in the log (`resources.contracts`), and what they say (`identity.contracts`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from identity.contracts.checking import checked
from identity.errors import BadInputError
from resources import contracts
from resources.contracts import Known
from resources.workspace import Workspace
from velocity_pipelines.deciding import Author

MOST_BYTES = 1_000_000


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Every contract: name, version, when, by whom and why, who approved it, and whether it is in force."""
    with workspace.database.transaction() as connection:
        return [_told(known) for known in contracts.listed(connection)]


def show(workspace: Workspace, version: str) -> dict[str, Any]:
    """What a version says (`says`), and the same as YAML, to change and propose."""
    with workspace.database.transaction() as connection:
        known = contracts.find(contracts.listed(connection), version)
        says = json.loads(contracts.text(connection, known))
    return {**_told(known), "says": says, "yaml": yaml.safe_dump(says, allow_unicode=True, default_flow_style=None)}


def propose(workspace: Workspace, name: str, file: Path, who: Author) -> dict[str, Any]:
    """Enter the contract of a file; `unreadable_file`, and what `checked` refuses."""
    text = checked(name, _text(file))
    return _told(contracts.propose(workspace.database, name, text, who.actor, who.reason))


def approve(workspace: Workspace, version: str, who: Author, *, alone: bool) -> dict[str, Any]:
    """Approve a proposed contract; its author may only where nobody else could be hurt by it."""
    return _told(contracts.approve(workspace.database, version, who.actor, who.reason, alone=alone))


def activate(workspace: Workspace, version: str, who: Author) -> dict[str, Any]:
    """Put an approved contract in force; what follows from it shows with the next publication."""
    return _told(contracts.activate(workspace.database, version, who.actor, who.reason))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInputError("unreadable_file", f"{file} is too large for a contract", "check the path")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInputError("unreadable_file", f"{file} cannot be read as text", "check the path") from None


def _told(known: Known) -> dict[str, Any]:
    return {**asdict(known), "at": known.at.isoformat() if known.at else None}
