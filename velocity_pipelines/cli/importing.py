"""Commands that take files in: import, resolve, rejected.

Not here: what they do (`velocity_pipelines.importing`).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from identity.errors import BadInputError
from identity.fields import Entity
from velocity_pipelines.cli.output import Json, answer, progress
from velocity_pipelines.settings import Settings

ReceivedAt = Annotated[str | None, typer.Option(help="When the file was received, ISO 8601; now if not given.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import")(import_)
    app.command()(resolve)
    app.command()(rejected)


def import_(
    files: Annotated[list[Path], typer.Argument(help="Export files, each one table.")],
    source: Annotated[str | None, typer.Option(help="Name of the source system; detected if not given.")] = None,
    entity: Annotated[Entity | None, typer.Option(help="What its rows are; detected if not given.")] = None,
    mapping: Annotated[str | None, typer.Option(help="Mapping file, or `auto` to take a confident proposal.")] = None,
    unmapped: Annotated[Literal["refuse", "keep"], typer.Option(help="Columns that the mapping lacks.")] = "refuse",
    received_at: ReceivedAt = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The file is all that its source holds: what it lacks is deleted.")
    ] = False,
    reinterpret: Annotated[
        bool, typer.Option("--reinterpret", help="Read anew what was imported before by another mapping.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")] = False,
    expect: Annotated[str | None, typer.Option(help="Only if it does what a dry run said: its `effect`.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the run to end.")] = True,
    as_json: Json = False,
) -> int:
    """Import export files: one run and one publication for all of them; a bad file stops only itself."""
    from velocity_pipelines import importing, landing  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    chosen: Path | Literal["auto"] | None = "auto" if mapping == "auto" else Path(mapping) if mapping else None
    stamp = parse_instant(received_at)
    options = landing.Options(source, entity, chosen, unmapped, stamp, snapshot, reinterpret=reinterpret)
    request = importing.Request([(file, options) for file in files], wait, dry_run, expect)
    done = importing.import_files(settings, open_workspace(settings), request, progress)
    answer(done, as_json, lambda: _words(done))
    return importing.exit_code(done)


def parse_instant(value: str | None) -> dt.datetime | None:
    """An ISO 8601 instant; without an offset it is UTC."""
    if value is None:
        return None
    try:
        instant = dt.datetime.fromisoformat(value)
    except ValueError:
        raise BadInputError("bad_time", f"{value} is not an ISO 8601 time", "write 2026-05-01T10:32:00Z") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def resolve(
    anew: Annotated[
        bool, typer.Option("--anew", help="Mend what was changed by hand: compare with Postgres, row by row.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Bring everything up to the log."""
    from resources import catalog, publishing  # noqa: PLC0415
    from velocity_pipelines import launching  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    workspace = open_workspace(settings)
    ran, failed = launching.run_resolve(settings, catalog.pending(workspace.database), progress, anew=anew)
    shown = publishing.of_run(workspace.database, ran.run_id)
    version = shown.version if shown else None
    document = {"run_id": ran.run_id, "ok": ran.ok, "version": version, "failed": failed, "error": ran.error}
    lines = [f"batch {batch} cannot be taken in: open its run in the UI" for batch in failed]
    lines.append(f"version {version} is published" if version else f"failed: {ran.error}")
    answer(document, as_json, lambda: "\n".join(lines))
    return 0 if ran.ok and not failed else 1


def rejected(
    batch: Annotated[str, typer.Argument(help="The batch, as `import` names it.")],
    out: Annotated[Path | None, typer.Option(help="Write them to this file, ready to mend and import again.")] = None,
    as_json: Json = False,
) -> None:
    """Show the rejected rows of a batch with line, column, value and reason."""
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415
    from velocity_pipelines.rejects import rejected_rows, write_rejected  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    rows = rejected_rows(workspace, batch)
    if out:
        write_rejected(workspace, batch, out)
    document = {"batch": batch, "rejected": rows, "out": str(out) if out else None}
    lines = [f"line {r['line']}, {r['column'] or 'row'}: {r['reason']} ({r['value'] or 'empty'})" for r in rows]
    answer(document, as_json, lambda: "\n".join(lines) or "No row of this batch was rejected.")


def _words(done: dict[str, Any]) -> str:
    lines = []
    for b in done["batches"]:
        what = ", ".join(f"{b[word]} {word}" for word in ("received", "accepted", "rejected", "superseded"))
        what += "".join(f", {b[word]} {word}" for word in ("held", "erased") if b[word])
        lines.append(f"{b['file']}: {b['status']}" + (f", {b['error']['message']}" if b["error"] else f", {what}"))
        if b["error"] and b["error"]["hint"]:
            lines.append(f"  {b['error']['hint']}")
    for entity, c in done["entities"].items():
        lines.append(
            f"{entity}s: {c['created']} created, {c['updated']} updated, {c['merged']} merged, {c['retired']} gone"
        )
    if done["dry_run"]:
        return "\n".join([*lines, "a dry run: nothing was written", f"effect {done['effect']}"])
    lines.append(f"version {done['version']}" if done["version"] else "nothing is published yet")
    return "\n".join(lines)
