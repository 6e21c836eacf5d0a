"""Commands of contracts: list, show, propose, approve, activate.

Not here: what they do (`velocity_pipelines.contracting`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from velocity_pipelines.cli.deciding import By, Reason
from velocity_pipelines.cli.output import Json, answer, table
from velocity_pipelines.settings import Settings

Version = Annotated[
    str, typer.Argument(help="A version, as `contract list` names it, or how it begins; NAME:VERSION as well.")
]

contract = typer.Typer(no_args_is_help=True, help="Rules that people change without code: propose, approve, activate.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(contract, name="contract")


@contract.command("list")
def contract_list(as_json: Json = False) -> None:
    """List all contracts; which are in force."""
    from velocity_pipelines import contracting  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = contracting.listed(open_workspace(Settings.read()))
    rows = [["contract", "version", "proposed", "by", "approved by", ""]]
    rows += [
        [c["name"], c["version"], "shipped" if c["shipped"] else c["at"][:19], c["actor"] or "", c["approved_by"] or "",
         "in force" * c["active"]]
        for c in found
    ]  # fmt: skip
    answer({"contracts": found}, as_json, lambda: table(rows))


@contract.command()
def show(version: Version, as_json: Json = False) -> None:
    """Show what a version says, as YAML: to be changed, and proposed."""
    from velocity_pipelines import contracting  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = contracting.show(open_workspace(Settings.read()), version)
    answer(found, as_json, lambda: str(found["yaml"]).rstrip())


@contract.command()
def propose(
    name: Annotated[str, typer.Argument(help="Which contract, as `contract list` names it.")],
    file: Annotated[Path, typer.Argument(help="YAML, in the shape of the shipped one.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the log.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Enter a version of a contract; it changes nothing before it is approved and activated."""
    from velocity_pipelines import contracting, deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    made = contracting.propose(open_workspace(settings), name, file, who)
    words = f"{made['version']} is proposed; `velocity contract approve {made['version']}` approves it"
    answer(made, as_json, lambda: words)


@contract.command()
def approve(version: Version, reason: Reason = "", by: By = None, as_json: Json = False) -> None:
    """Approve a proposed version; outside of local use somebody else than its author has to."""
    from velocity_pipelines import contracting, deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    made = contracting.approve(open_workspace(settings), version, who, alone=settings.env == "local")
    words = f"{made['version']} is approved; `velocity contract activate {made['version']}` puts it in force"
    answer(made, as_json, lambda: words)


@contract.command()
def activate(version: Version, reason: Reason = "", by: By = None, as_json: Json = False) -> None:
    """Put an approved version in force, from the next `velocity resolve` on; the one before takes it back."""
    from velocity_pipelines import contracting, deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    made = contracting.activate(open_workspace(settings), version, who)
    answer(made, as_json, lambda: f"{made['version']} is in force; `velocity resolve` publishes what follows")
