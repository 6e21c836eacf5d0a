"""Commands of mapping files: suggest, check.

Not here: what they do (`velocity_pipelines.mappings`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from identity.fields import Entity
from velocity_pipelines.cli.output import Json, answer, table

File = Annotated[Path, typer.Argument(help="The export file.")]

mapping = typer.Typer(no_args_is_help=True, help="Mapping files: which column of an export feeds which field.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(mapping, name="mapping")


@mapping.command()
def suggest(
    file: File,
    source: Annotated[str | None, typer.Option(help="Name of the source system.")] = None,
    entity: Annotated[Entity | None, typer.Option(help="What its rows are.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the mapping to this file.")] = None,
    as_json: Json = False,
) -> int:
    """Propose a mapping, with a confidence for each column from its header and its values."""
    from velocity_pipelines import mappings  # noqa: PLC0415

    tables = mappings.suggest(file, source, entity, out)
    answer({"file": str(file), "tables": tables}, as_json, lambda: "\n\n".join(map(_proposal, tables)))
    return 2 if all("error" in one for one in tables) else 0


@mapping.command()
def check(
    file: File,
    mapping_file: Annotated[Path, typer.Option("--mapping", help="The mapping file.")],
    as_json: Json = False,
) -> int:
    """Say what a mapping would do with a file: columns that do not meet, rows that would be rejected."""
    from velocity_pipelines import mappings  # noqa: PLC0415

    tables = mappings.check(file, mappings.read_mapping(mapping_file))
    answer({"file": str(file), "tables": tables}, as_json, lambda: "\n\n".join(map(_check, tables)))
    return 0 if any(one.get("counts") for one in tables) else 2


def _proposal(found: dict[str, Any]) -> str:
    if "error" in found:
        return f"{found['member']}: {found['error']['message']}"
    rows = [[c["title"], c["target"], f"{c['confidence']:.0%}", c["reason"]] for c in found["columns"]]
    mapped = found["mapping"]
    title = f"{found['member'] or 'table'}: {mapped['entity']}" + (
        f", written to {found['out']}" if found["out"] else ""
    )
    return f"{title}\n{table([['column', 'feeds', 'sure', 'why'], *rows])}"


def _check(found: dict[str, Any]) -> str:
    if "error" in found:
        return f"{found['member']}: {found['error']['message']}"
    lines = [f"{found['member'] or 'table'}:"]
    lines += [f"  the file lacks the column {column}" for column in found["missing"]]
    lines += [f"  no word about the column {column}" for column in found["unmapped"]]
    if found["counts"]:
        lines.append("  " + ", ".join(f"{count} {word}" for word, count in found["counts"].items()))
    lines += [
        f"  {r['rows']} rows: {r['column'] or 'row'}: {r['reason']} (first in line {r['line']})"
        for r in found["reasons"]
    ]
    return "\n".join(lines)
