"""Commands of models: train, list, show, compare, activate.

Not here: what they do (`velocity_pipelines.modelling`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from velocity_pipelines.cli.deciding import By, Reason
from velocity_pipelines.cli.output import Chart, Json, answer, draw, progress, table
from velocity_pipelines.settings import Settings

Epoch = Annotated[str, typer.Argument(help="An epoch, as `model list` names it, or how its name begins.")]

model = typer.Typer(no_args_is_help=True, help="What agreement and difference weigh: train, compare, choose.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(model, name="model")


@model.command()
def train(
    entity: Annotated[Literal["contact", "account"], typer.Option(help="Records of which kind.")] = "contact",
    activate: Annotated[bool, typer.Option("--activate", help="Put it in force at once.")] = False,
    by: By = None,
    as_json: Json = False,
) -> int:
    """Learn from the current records what agreement and difference weigh."""
    from resources import epochs  # noqa: PLC0415
    from velocity_pipelines import deciding, modelling  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    workspace, who = open_workspace(settings), deciding.author(settings, "trained on these records", by)
    progress(f"training on the {entity} records")
    epoch = epochs.train(workspace, entity, who.actor)
    known = next(one for one in modelling.listed(workspace) if one["epoch"] == epoch.id)
    made = {"epoch": epoch.id, "entity": entity, "records": epoch.origin["records"], "active": known["active"]}
    if not activate or known["active"]:
        words = (
            f"{epoch.id}, trained on {made['records']} records; `velocity model activate {epoch.id}` puts it in force"
        )
        answer(made, as_json, lambda: words)
        return 0
    modelling.activate(workspace, epoch.id, who.actor, who.reason)
    return _publish(settings, {**made, "active": True}, as_json=as_json)


@model.command("list")
def model_list(as_json: Json = False) -> None:
    """List all epochs; which are in force."""
    from velocity_pipelines import modelling  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = modelling.listed(open_workspace(Settings.read()))
    rows = [["epoch", "records", "trained", "by", ""]]
    rows += [
        [e["epoch"], f"{e['records']:,}", (e["at"] or "shipped")[:19], e["actor"] or "", "in force" * e["active"]]
        for e in found
    ]
    answer({"epochs": found}, as_json, lambda: table(rows))


@model.command()
def show(name: Epoch, chart: Chart = None, as_json: Json = False) -> None:
    """Show what an epoch chose and why, level by level."""
    from velocity_pipelines import charting, modelling  # noqa: PLC0415
    from velocity_pipelines.cli.panel import panel  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = modelling.show(open_workspace(Settings.read()), name)
    draw(chart, lambda: charting.of_epoch(found))
    answer(found, as_json, lambda: panel(found))


@model.command()
def compare(one: Epoch, other: Epoch, as_json: Json = False) -> None:
    """Tell which clusters would merge, split or move, and what a person would be asked; nothing is written."""
    from velocity_pipelines import modelling  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    progress("resolving the current records by both")
    found = modelling.compare(open_workspace(Settings.read()), one, other)
    answer(found, as_json, lambda: _compared(found))


@model.command()
def activate(name: Epoch, reason: Reason = "", by: By = None, as_json: Json = False) -> int:
    """Put an epoch in force and publish what follows; activating the one before undoes it."""
    from velocity_pipelines import deciding, modelling  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    made = modelling.activate(open_workspace(settings), name, who.actor, who.reason)
    return _publish(settings, made, as_json=as_json)


def _publish(settings: Settings, made: dict[str, Any], *, as_json: bool) -> int:
    """Make visible what follows from an epoch that came into force."""
    from resources import publishing  # noqa: PLC0415
    from velocity_pipelines import launching  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    ran, _ = launching.run_resolve(settings, [], progress)
    shown = publishing.of_run(open_workspace(settings).database, ran.run_id)
    told = {"run_id": ran.run_id, "version": shown.version if shown else None}
    what = f"version {told['version']}" if shown else "nothing is published: see the run"
    answer({**made, **told}, as_json, lambda: f"{made['epoch']} is in force; {what}")
    return 0 if ran.ok else 1


def _compared(found: dict[str, Any]) -> str:
    was, now = found["clusters"]
    lines = [
        f"{found['records']:,} {found['entity']} records: {was:,} clusters by {found['epochs'][0]}, "
        f"{now:,} by {found['epochs'][1]}",
        f"  {found['merge']:,} merges, {found['split']:,} splits, {found['move']:,} moves; "
        f"pairs in doubt: {found['review'][0]:,} before, {found['review'][1]:,} after",
    ]
    for one in found["examples"]:
        lines.append(
            f"  {one['kind']} of {one['records']} records: {', '.join(one['before'])} -> {', '.join(one['after'])}"
        )
    return "\n".join(lines)
