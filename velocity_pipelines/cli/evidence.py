"""Commands of evidence: get, verify.

Not here: what they do (`velocity_pipelines.evidence`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from identity.errors import BadInputError
from velocity_pipelines.cli.output import Json, answer, progress
from velocity_pipelines.settings import Settings

evidence = typer.Typer(no_args_is_help=True, help="The files as they came.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(evidence, name="evidence")


@evidence.command()
def get(
    batch: Annotated[str, typer.Argument(help="The batch, as `import` names it.")],
    out: Annotated[Path | None, typer.Option(help="Write the very bytes of its file here.")] = None,
    line: Annotated[int | None, typer.Option(help="Show the row that begins on this line.")] = None,
    as_json: Json = False,
) -> None:
    """Give back the bytes of a batch's file, or show one of its rows."""
    from velocity_pipelines import evidence as kept  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    if (out is None) == (line is None):
        raise BadInputError("usage", "say what you want of the batch", "--out FILE or --line N")
    workspace = open_workspace(Settings.read())
    if out is not None:
        found = kept.get(workspace, batch, out)
        told = (
            f"; {found['erased']} of its rows were erased, so they are not the bytes that came"
            if found["erased"]
            else ""
        )
        answer(found, as_json, lambda: f"{found['bytes']} bytes of {found['file']} are in {out}{told}")
        return
    shown = kept.row(workspace, batch, line or 0)
    answer(shown, as_json, lambda: _row(shown))


@evidence.command()
def verify(as_json: Json = False) -> int:
    """Hash all evidence again: exit 1 if any of it is gone or changed."""
    from resources import catalog  # noqa: PLC0415
    from velocity_pipelines import evidence as kept  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    damaged = kept.verify(workspace, progress)
    files = len(catalog.evidence(workspace.database))
    lines = [f"batch {one['batch']}: {one['code'].replace('_', ' ')}, {one['sha256']}" for one in damaged]
    erased = kept.erased(workspace)
    document = {"files": files, "damaged": damaged, "erased": erased}
    told = f"{files} files, {len(damaged)} damaged, {len(erased)} with erased rows"
    answer(document, as_json, lambda: "\n".join([*lines, told]))
    return 1 if damaged else 0


def _row(shown: dict[str, Any]) -> str:
    place = f", bytes {shown['begin']} to {shown['end']}" if shown["begin"] is not None else ""
    title = f"{shown['file']}{' (' + shown['member'] + ')' if shown['member'] else ''}, line {shown['line']}{place}"
    return "\n".join([title, *(f"  {name}: {value}" for name, value in shown["cells"].items() if value)])
