"""Commands that run the platform and look at it: up, down, status, doctor, gates.

Not here: how the processes are kept (`velocity_pipelines.platform`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from velocity_pipelines.cli.output import Json, answer, progress, table
from velocity_pipelines.settings import Settings, environment


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, status, doctor, gates):
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


def gates(
    env: Annotated[
        str | None, typer.Option(help="The environment that is to be released; VELOCITY_ENV if absent.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Judge the release gates, each with its evidence: exit 1 if one is red."""
    from velocity_pipelines.gates import judge  # noqa: PLC0415

    settings = Settings.read()
    released = environment("--env", env, settings.env)
    judged = judge(settings, released)
    rows = [["gate", "state", "evidence"], *([g.check, "green" if g.ok else "red", g.what] for g in judged)]
    is_open = all(gate.ok for gate in judged)
    told = [{"gate": gate.check, "ok": gate.ok, "evidence": gate.what} for gate in judged]
    answer({"env": released, "ok": is_open, "gates": told}, as_json, lambda: table(rows))
    return 0 if is_open else 1
