"""`python -m resources.embedded ROOT`: bring the data below a root to the major version of this release.

Not here: the other commands (`velocity_pipelines.cli`).
"""

from __future__ import annotations

import sys
from pathlib import Path

from identity.errors import BadInputError, VelocityError
from resources.embedded.binaries import MAJOR
from resources.embedded.server import EmbeddedPostgres


def main(arguments: list[str]) -> int:
    """Move the data; the exit code."""
    try:
        if len(arguments) != 1 or not Path(arguments[0]).is_dir():
            raise BadInputError("usage", "name one folder", "python -m resources.embedded VELOCITY_HOME/postgres")
        old = EmbeddedPostgres(Path(arguments[0])).move()
    except VelocityError as error:
        sys.stderr.write(f"{error.message} ({error.hint})\n")
        return error.exit_code
    moved = f"moved from Postgres {old}; the old data is beside the new" if old else "nothing to move"
    sys.stdout.write(f"Postgres {MAJOR}: {moved}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
