"""Commands of people's words: merge, split, override, review, decisions, undo.

Not here: what they do (`velocity_pipelines.deciding`, `velocity_pipelines.overriding`, `velocity_pipelines.undoing`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from velocity_pipelines.cli.output import Json, answer, given, progress, table
from velocity_pipelines.settings import Settings

Reason = Annotated[str, typer.Option(help="Why; it stays in the log.")]
Why = Annotated[str, typer.Option(help="Why; it stays in the log.", callback=given)]
By = Annotated[str | None, typer.Option(help="Who decides, where that is not the user of this machine; local only.")]
Resolve = Annotated[bool, typer.Option("--resolve/--no-resolve", help="Publish what follows, or leave it to later.")]
Task = Annotated[str, typer.Argument(help="The task, as `review list` names it.")]

review = typer.Typer(no_args_is_help=True, help="What waits for a person's word.")
decisions = typer.Typer(no_args_is_help=True, help="What people said.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (merge, split, override, undo):
        app.command()(command)
    app.add_typer(review, name="review")
    app.add_typer(decisions, name="decisions")


def merge(
    one: Annotated[str, typer.Argument(help="An id or a record.")],
    other: Annotated[str, typer.Argument(help="Another of the same kind.")],
    reason: Reason = "",
    by: By = None,
    resolve: Resolve = True,
    as_json: Json = False,
) -> int:
    """Say that two are the same."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    return _publish(
        settings, deciding.merge(open_workspace(settings), one, other, who), resolve=resolve, as_json=as_json
    )


def split(
    name: Annotated[str, typer.Argument(help="The id to take apart.")],
    records: Annotated[list[str], typer.Argument(help="The records that are somebody else.")],
    reason: Reason = "",
    by: By = None,
    resolve: Resolve = True,
    as_json: Json = False,
) -> int:
    """Say that some records of an id are somebody else."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    made = deciding.split(open_workspace(settings), name, records, who)
    return _publish(settings, made, resolve=resolve, as_json=as_json)


def override(
    name: Annotated[str, typer.Argument(help="contact:ID or account:ID, or one of its records.")],
    field: Annotated[str, typer.Argument(help="A golden field.")],
    value: Annotated[str, typer.Argument(help="What it is; read as a cell of a file would be.")],
    reason: Why,
    by: By = None,
    resolve: Resolve = True,
    as_json: Json = False,
) -> int:
    """Set a golden value: it wins over every record until it is retracted."""
    from velocity_pipelines import deciding, overriding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    who = deciding.author(settings, reason, by)
    made = overriding.override(open_workspace(settings), name, field, value, who)
    return _publish(settings, made, resolve=resolve, as_json=as_json)


@review.command("list")
def review_list(
    most: Annotated[int, typer.Option(min=1, help="At most so many pairs.")] = 50, as_json: Json = False
) -> None:
    """List what waits: words that clash or want a new look, then pairs in doubt, the likeliest first."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    found = deciding.tasks(open_workspace(Settings.read()), most)
    rows = [["task", "kind", "what"], *([t["task"], t["kind"], _about(t)] for t in found)]
    answer({"tasks": found}, as_json, lambda: table(rows) if found else "Nothing waits.")


@review.command("show")
def review_show(task: Task, as_json: Json = False) -> None:
    """Explain the pair of a task."""
    from velocity_pipelines import deciding, explaining  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    found = explaining.pair(workspace, *deciding.pair_of(workspace, task))
    answer({"task": task, **found}, as_json, lambda: explaining.pair_words(found))


@review.command("decide")
def review_decide(
    task: Task,
    word: Annotated[Literal["same", "different", "unsure"], typer.Argument(help="Your word.")],
    reason: Why,
    by: By = None,
    resolve: Resolve = True,
    as_json: Json = False,
) -> int:
    """Judge the pair of a task."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    workspace, who = open_workspace(settings), deciding.author(settings, reason, by)
    made = deciding.judge_pair(workspace, *deciding.pair_of(workspace, task), word, who)
    return _publish(settings, made, resolve=resolve, as_json=as_json)


@decisions.command("list")
def decisions_list(as_json: Json = False) -> None:
    """List all that holds, sleeps or clashes."""
    from velocity_pipelines import deciding, overriding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    workspace = open_workspace(Settings.read())
    found = sorted([*deciding.listed(workspace), *overriding.listed(workspace)], key=lambda one: int(one["decision"]))
    rows = [
        ["decision", "state", "actor", "what"],
        *([str(d["decision"]), d["state"], d["actor"], _about(d)] for d in found),
    ]
    answer({"decisions": found}, as_json, lambda: table(rows) if found else "Nobody decided anything.")


@decisions.command("retract")
def decisions_retract(
    number: Annotated[int, typer.Argument(help="The decision, as `decisions list` numbers it.")],
    reason: Reason = "",
    by: By = None,
    resolve: Resolve = True,
    as_json: Json = False,
) -> int:
    """Take a decision back."""
    from velocity_pipelines import deciding  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    deciding.retract(open_workspace(settings), number, deciding.author(settings, reason, by))
    made = {"decision": number, "state": "retracted", "clashes": []}
    return _publish(settings, made, resolve=resolve, as_json=as_json)


def undo(
    batch: Annotated[str, typer.Argument(help="The batch, as `import` names it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")] = False,
    reason: Reason = "",
    by: By = None,
    as_json: Json = False,
) -> int:
    """Take an import out again; earlier versions of its records become current. The same file brings it back."""
    from velocity_pipelines import deciding, undoing  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    settings = Settings.read()
    workspace, who = open_workspace(settings), deciding.author(settings, reason, by)
    done = undoing.foresee(workspace, batch) if dry_run else undoing.undo(settings, workspace, batch, who, progress)
    answer(done, as_json, lambda: _undone(done))
    return 0 if done["ok"] else 1


def _publish(settings: Settings, made: dict[str, Any], *, resolve: bool, as_json: bool) -> int:
    """Tell a decision, and make visible what follows from it."""
    from resources import publishing  # noqa: PLC0415
    from velocity_pipelines import launching  # noqa: PLC0415
    from velocity_pipelines.platform.databases import open_workspace  # noqa: PLC0415

    ran = launching.run_resolve(settings, [], progress)[0] if resolve else None
    shown = publishing.of_run(open_workspace(settings).database, ran.run_id) if ran else None
    told = {"run_id": ran.run_id if ran else None, "version": shown.version if shown else None}
    answer({**made, **told}, as_json, lambda: _words(made, told))
    return 0 if ran is None or ran.ok else 1


def _words(made: dict[str, Any], told: dict[str, Any]) -> str:
    lines = [f"decision {made['decision']}: {made['state']}"]
    if made["clashes"]:
        others = ", ".join(str(number) for number in made["clashes"])
        lines.append(f"it has no effect, since it contradicts {others}: `velocity decisions retract` takes one back")
    lines.append(f"version {told['version']}" if told["version"] else "nothing new is published")
    return "\n".join(lines)


def _about(one: dict[str, Any]) -> str:
    if "override" in one:
        return f"{one['override']['field']} of {one['override']['key']} set"
    if "judgements" not in one:
        return f"{one['left']} and {one['right']}, {one['bits'] / 1000:.1f} bits"
    words = [f"{left} and {right} {word}" for word, left, right in one["judgements"][:3]]
    return "; ".join(words) + ("; …" if len(one["judgements"]) > 3 else "")


def _undone(done: dict[str, Any]) -> str:
    lines = [
        f"{entity}s: {c['created']} created, {c['updated']} updated, {c['split']} split, {c['retired']} gone"
        for entity, c in done["entities"].items()
    ]
    lines.append("a dry run: nothing was written" if done["dry_run"] else f"version {done['version']}")
    return "\n".join(lines)
