"""Commands that read what is published: show, explain, export, fingerprint, replay, score.

Not here: the reading itself.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from identity.errors import BadInputError
from velocity_pipelines.cli.output import Chart, Json, answer, draw, progress
from velocity_pipelines.settings import Settings

What = Literal["contacts", "accounts", "crosswalk", "edges", "360", "relations", "hierarchy", "owners", "deleted"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (show, explain, export, fingerprint, replay, score):
        app.command()(command)


def show(
    name: Annotated[str, typer.Argument(help="contact:ID or account:ID, or the id alone.")],
    as_of: Annotated[str | None, typer.Option(help="As it was: a version, a day or a time (ISO 8601, UTC).")] = None,
    as_json: Json = False,
) -> None:
    """Show the client-360 of a contact or an account."""
    from velocity_pipelines import past, showing, wording  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    client = showing.client(workspace, name) if as_of is None else past.client(workspace, name, as_of)
    answer(client, as_json, lambda: wording.words(client))


def explain(
    what: Annotated[
        list[str],
        typer.Argument(
            help="contact:ID or account:ID: how it was built. `pair KEY KEY`: why, or why not. batch:BATCH: what "
            "rests on it."
        ),
    ],
    field: Annotated[
        str | None, typer.Option(help="Of an id: why this golden field, `email[2]`, or column of the client-360 is so.")
    ] = None,
    line: Annotated[int | None, typer.Option(min=1, help="Of a batch: what rests on this line alone.")] = None,
    chart: Chart = None,
    as_json: Json = False,
) -> None:
    """Explain why records are together or not, why a value is what it is, or what rests on a file."""
    from velocity_pipelines import charting, explaining, explaining_batch, explaining_cells  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    plain, is_batch = field is None and line is None, what[0].startswith("batch:")
    if what[0] == "pair" and len(what) == 3 and plain:
        found = explaining.pair(workspace, *what[1:])
        draw(chart, lambda: charting.of_pair(workspace, found))
        answer(found, as_json, lambda: explaining.pair_words(found))
    elif len(what) == 1 and is_batch and field is None and chart is None:
        rests = explaining_batch.rests(workspace, what[0].removeprefix("batch:"), line)
        answer(rests, as_json, lambda: explaining_batch.words(rests))
    elif len(what) == 1 and not is_batch and field is not None and line is None and chart is None:
        told = explaining_cells.cell(workspace, what[0], field)
        answer(told, as_json, lambda: explaining_cells.words(told))
    elif len(what) == 1 and plain and not is_batch:
        built = explaining.entity(workspace, what[0])
        draw(chart, lambda: charting.of_entity(workspace, built))
        answer(built, as_json, lambda: explaining.entity_words(built))
    else:
        raise BadInputError(
            "usage", "explain takes an id, `pair` and two records, or a batch", "see `velocity explain --help`"
        )


def export(
    what: Annotated[What, typer.Argument(help="Which published table.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    format_: Annotated[
        Literal["parquet", "csv"] | None, typer.Option("--format", help="If not given: csv for FILE.csv, else parquet.")
    ] = None,
    entity: Annotated[
        Literal["contact", "account"] | None, typer.Option(help="Of tables that hold both, one alone.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a published table to a file."""
    from velocity_pipelines import exporting  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    form = format_ or ("csv" if out.suffix.lower() == ".csv" else "parquet")
    rows = exporting.export(open_workspace(Settings.read()), what, entity, out, form)
    answer({"out": str(out), "rows": rows}, as_json, lambda: f"{rows} rows in {out}, as {form}")


def fingerprint(as_json: Json = False) -> None:
    """Hash everything that is published."""
    from resources.publishing import published_fingerprint  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = asdict(published_fingerprint(open_workspace(Settings.read()).database))
    parts = {**found["tables"], **{name: value for name, value in found.items() if name != "tables"}}
    answer(found, as_json, lambda: "\n".join(f"{name:16} {value}" for name, value in parts.items()))


def replay(
    verify: Annotated[bool, typer.Option("--verify", help="Compare only; this is what a replay does anyway.")] = False,
    as_json: Json = False,
) -> int:
    """Rebuild from the log aside and compare with what is published: 0 when equal, else 1."""
    from assets.rebuild import rebuild  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    del verify  # a replay never writes to what is published
    workspace = open_workspace(Settings.read())
    with workspace.database.lock("lane"):
        outcome = rebuild(workspace, progress)
    found = [{**asdict(d), "cause": d.cause} for d in outcome.differences]
    document = {"version": outcome.version, "equal": outcome.equal, "differences": found}
    lines = [
        f"{d.table}: {d.only_published} rows only published, {d.only_rebuilt} only rebuilt; {d.cause}"
        for d in outcome.differences
    ]
    answer(document, as_json, lambda: "\n".join(lines) or f"Version {outcome.version} equals what the log gives.")
    return 0 if outcome.equal else 1


def score(
    truth: Annotated[Path, typer.Option(help="Parquet: source, entity, source_id, true_id.")], as_json: Json = False
) -> None:
    """Compare what is published with a known truth."""
    from velocity_pipelines import scoring_report  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = scoring_report.score(open_workspace(Settings.read()), truth)
    answer(found, as_json, lambda: scoring_report.words(found))
