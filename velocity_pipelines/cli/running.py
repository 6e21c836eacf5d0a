"""Commands that run the platform: up, down, status, doctor.

Not here: how the processes are kept (`velocity_pipelines.platform`).
"""

from __future__ import annotations

import typer

from velocity_pipelines.cli.output import Json, answer, progress, table
from velocity_pipelines.settings import Settings


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, status, doctor):
        app.command()(command)


def up(as_json: Json = False) -> None:
    """Start the platform: Postgres, code server, webserver, daemon."""
    from velocity_pipelines.platform import processes  # noqa: PLC0415

    state = processes.up(Settings.read(), progress)
    answer(state.as_dict(), as_json, lambda: f"The platform is up. Open {state.url}")


def down(as_json: Json = False) -> None:
    """Stop the platform; nothing is left running."""
    from velocity_pipelines.platform import processes  # noqa: PLC0415

    state = processes.down(Settings.read(), progress)
    answer(state.as_dict(), as_json, lambda: "The platform is down.")


def status(as_json: Json = False) -> None:
    """Say what runs where."""
    from velocity_pipelines.platform import processes  # noqa: PLC0415

    state = processes.status(Settings.read())
    rows = [["process", "state", "where"], *([p.name, p.state, p.where] for p in state.processes)]
    answer(state.as_dict(), as_json, lambda: table(rows))


def doctor(as_json: Json = False) -> int:
    """Check configuration, connections, versions and disk: what is wrong and what to do."""
    from velocity_pipelines.doctor import examine  # noqa: PLC0415

    findings = examine(Settings.read())
    rows = [["check", "state", "what"], *([f.check, "ok" if f.ok else "wrong", f.what] for f in findings)]
    answer({"ok": all(f.ok for f in findings), "checks": [f.as_dict() for f in findings]}, as_json, lambda: table(rows))
    return 0 if all(f.ok for f in findings) else 1
