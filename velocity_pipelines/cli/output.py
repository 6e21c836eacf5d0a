"""How every command answers: one JSON document or words on standard output, progress and errors on standard error.

Not here: what the commands do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from identity.errors import BadInputError, VelocityError

Chart = Annotated[Path | None, typer.Option(help="Draw it as well, into this HTML file.")]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on standard output.")]


def given(reason: str) -> str:
    """A reason that has to be told."""
    if not reason.strip():
        raise BadInputError("no_reason", "a reason is needed", "say why with --reason")
    return reason


def answer(document: Any, as_json: bool, words: Callable[[], str]) -> None:
    """Print the document as JSON, or the same in words."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str) if as_json else words()
    sys.stdout.write(text + "\n")


def draw(path: Path | None, spec: Callable[[], dict[str, Any]]) -> None:
    """Write a chart to a file, if one is named."""
    if path is not None:
        from resources.charts import write_html  # noqa: PLC0415 - loads only where something is drawn

        write_html(spec(), path)


def progress(line: str) -> None:
    """One line of progress, on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def complain(error: VelocityError, as_json: bool) -> int:
    """Print an error the way a script or a person wants it, and return the exit code."""
    if as_json:
        sys.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False) + "\n")
    hint = f": {error.hint}" if error.hint else ""
    sys.stderr.write(f"velocity: {error.message}{hint}\n")
    return error.exit_code


def table(rows: list[list[str]]) -> str:
    """Rows as aligned columns; the first row is the header."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)
