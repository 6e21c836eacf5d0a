"""The command line: `velocity`. One module a kind of command; each command is thin and calls one function.

Not here: any work. Modules that are slow to import are imported inside the commands that need them.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import typer

from identity.errors import BadInputError, VelocityError
from velocity_pipelines.cli import (
    contracting,
    deciding,
    enriching,
    erasing,
    evidence,
    importing,
    mapping,
    modelling,
    reading,
    running,
    trying,
)
from velocity_pipelines.cli.output import complain

INTERRUPTED = 130  # as shells say it
app = typer.Typer(
    name="velocity", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="CRM exports in, canonical contacts, accounts and client-360 out.",
)  # fmt: skip
for room in (
    running, importing, mapping, evidence, reading, deciding, contracting, modelling, enriching, erasing, trying,
):  # fmt: skip
    room.register(app)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 success, 2 bad input or configuration, 1 failure, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code; every error of ours becomes one clear line."""
    as_json = "--json" in arguments
    try:
        result = int(app(arguments, standalone_mode=False, prog_name="velocity") or 0)
    except VelocityError as error:
        return complain(error, as_json)
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the boundary: what a traceback shows may be personal
        return complain(_usage(error) or _internal(error), as_json)
    if result == INTERRUPTED:  # typer says it so, too
        hint = "what was published stays as it was, and a run that the platform has begun goes on"
        complain(VelocityError("interrupted", "interrupted", hint), as_json)
    return result


def _internal(error: Exception) -> VelocityError:
    """A defect of ours: its kind and place, never its words, which may show values."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return VelocityError("internal", f"{type(error).__name__} in {place.name}, {where}", "this is a defect: report it")


def _usage(error: Exception) -> BadInputError | None:
    """An error of the arguments, which typer raises as its own kind, in our form."""
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        message = error.format_message().rstrip(".") or "a command is missing"
        path = getattr(getattr(error, "ctx", None), "command_path", "velocity")
        return BadInputError("usage", message, f"see `{path} --help`")
    return None
