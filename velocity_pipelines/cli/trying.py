"""Commands to try the platform with: synth.

Not here: how the exports are made (`velocity_pipelines.synth`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from velocity_pipelines.cli.output import Json, answer


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(synth)


def synth(
    records: Annotated[int, typer.Option(min=1, help="Rows over all files, about.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same bytes.")] = 1,
    difficulty: Annotated[Literal["easy", "normal", "hard"], typer.Option(help="How dirty.")] = "normal",
    as_json: Json = False,
) -> None:
    """Make CRM exports of invented people, with the truth beside them."""
    from velocity_pipelines.synth import write_exports  # noqa: PLC0415

    made = write_exports(records, seed, out, difficulty)
    answer(made.as_dict(), as_json, lambda: f"{made.rows} rows in {made.files} files in {out}")
