"""Commands of erasure: erase contact:ID, approve, list, held, release.

Not here: what they do (`velocity_pipelines.erasing`).
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from identity.errors import BadInputError
from velocity_pipelines.cli.deciding import By
from velocity_pipelines.cli.output import Json, answer, given, progress, table
from velocity_pipelines.settings import Settings

Reason = Annotated[str, typer.Option(help="Why; it stays in the log, so it may not name the person.", callback=given)]
FOR_EVER = "This cannot be undone."


class Erase(TyperGroup):
    """`erase contact:ID` is `erase person contact:ID`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What names no command names a person."""
        is_command = not args or args[0] in self.commands or args[0] == "--help"
        return list(super().parse_args(ctx, args if is_command else ["person", *args]))


erase = typer.Typer(
    cls=Erase, no_args_is_help=True,
    help="Destroy a person's values for ever: `velocity erase contact:ID --reason TEXT`.",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(erase, name="erase")


@erase.command()
def person(
    name: Annotated[str, typer.Argument(help="The contact to erase: contact:c_…")],
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    expect: Annotated[str | None, typer.Option(help="Only if it destroys what was listed: its `effect`.")] = None,
    by: By = None,
    as_json: Json = False,
) -> int:
    """List what is a person's; once confirmed, destroy it for ever. Outside of local, somebody else has to approve."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.erasing import asking  # noqa: PLC0415
    from velocity_pipelines.erasing.plan import plan  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    workspace, who = open_workspace(settings), deciding.author(settings, reason, by)
    found = plan(workspace, name)
    seen = asking.listed(workspace, found)
    is_begun = asking.is_begun(workspace, found.canonical_id)
    if not (yes or expect or is_begun or _confirms(seen, as_json=as_json)):
        answer(
            {**seen, "state": "listed"},
            as_json,
            lambda: f"{_words(seen)}\nNothing was done: --expect EFFECT confirms it.",
        )
        return 0
    done = asking.ask(settings, workspace, name, who, expect or (None if is_begun else seen["effect"]), progress)
    answer({**seen, **done}, as_json, lambda: _done(seen, done))
    return 0


def _confirms(seen: dict[str, Any], *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        return False
    typer.echo(_words(seen), err=True)
    return typer.confirm(f"{FOR_EVER} Destroy this?", err=True)


@erase.command()
def approve(
    number: Annotated[int, typer.Argument(help="The request, as `erase list` numbers it.")],
    reason: Reason,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Approve what somebody else asked for, and carry it out."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.erasing import asking  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    done = asking.approve(settings, open_workspace(settings), number, who, progress)
    answer(done, as_json, lambda: _outcome(done))
    return 0


@erase.command("list")
def list_(as_json: Json = False) -> None:
    """List requests and erasures."""
    from velocity_pipelines.erasing import asking  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = asking.requests(open_workspace(Settings.read()))
    head = ["number", "erases", "state", "reason"]
    rows = [head, *([str(one[name]) for name in head] for one in found)]
    answer({"erasures": found}, as_json, lambda: table(rows) if found else "Nobody was erased.")


@erase.command()
def held(as_json: Json = False) -> None:
    """List rows in which somebody comes in again who was erased."""
    from velocity_pipelines.erasing import holding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = holding.held(open_workspace(Settings.read()))
    head = ["batch", "line", "erasure", "hash"]
    rows = [head, *([str(one[name]) for name in head] for one in found)]
    answer({"held": found}, as_json, lambda: table(rows) if found else "No row is held.")


@erase.command()
def release(
    batch: Annotated[str, typer.Argument(help="The batch, as `erase held` names it.")],
    lines: Annotated[list[int], typer.Argument(help="The lines of the rows to let in.")],
    reason: Reason,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Let held rows in."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.erasing import holding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    done = holding.release(settings, open_workspace(settings), batch, lines, who, progress)
    answer(done, as_json, lambda: f"{len(done['lines'])} rows are let in, version {done['version']}")
    return 0 if done["ok"] else 1


def _words(seen: dict[str, Any]) -> str:
    if not seen["rows"]:
        raise BadInputError("nothing_to_erase", f"nothing of {seen['erases']} is here", "`velocity erase held`")
    rows = [["record", "state", "file", "line", "batch"]]
    rows += [[r["key"], r["state"], r["file"], str(r["line"]), r["batch"]] for r in seen["rows"]]
    return "\n".join([table(rows), f"{len(seen['rows'])} rows. {FOR_EVER}", f"effect {seen['effect']}"])


def _done(seen: dict[str, Any], done: dict[str, Any]) -> str:
    return f"{len(seen['rows'])} rows of {seen['erases']}: {_outcome(done)}"


def _outcome(done: dict[str, Any]) -> str:
    if done["state"] == "requested":
        return f"requested; somebody else has to approve it: velocity erase approve {done['request']} --reason TEXT"
    left = [f"not allowed to this user of the database, so have it done: {statement}" for statement in done["refused"]]
    backups = "backups still hold the values until they expire: deploy/runbooks/erasure.md"
    return "\n".join([f"erased for ever, version {done['version']}; {backups}", *left])
