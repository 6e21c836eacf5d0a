"""Where data and programs of a root are.

Below the root itself, with programs straight from the wheel. Root's server runs under another account, which may not
reach the home at all: its data is in a *stage*, a folder of its own below `STAGES`, and a copy of the programs too.
The file `stage` in the root names the stage, and a hard link to that very file lies in the stage. So a stage whose
link is the last one has lost its home, which was deleted, and can be removed; a home that was moved keeps its stage.

Not here: what is in the data folder (`resources.embedded.cluster`).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from identity.errors import BadInputError
from resources.embedded import postmaster
from resources.embedded.account import Account, owner, server_account
from resources.embedded.binaries import LIBRARIES, programs_below, site_folder, wheel_version
from resources.embedded.programs import Programs

STAGES = Path("/var/lib/velocity-postgres")  # any account gets there, whatever the modes above the home
LONGEST = 900  # bytes; Postgres cuts paths at 1,024


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that holds the data folder, and the account that both belong to."""

    folder: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data folder of the server; absent before the first start."""
        return self.folder / "data"

    def programs(self, major: int) -> Programs:
        """The programs of a major version, where the account can run them."""
        site = site_folder(major)
        if self.folder.parent == STAGES:
            site = _copy(site, major, self.account)
        return Programs(site / programs_below(major), self.account)


def find(root: Path) -> Place | None:
    """The place of a root, None before the first start; `data_lost` if its stage is gone."""
    marker = root / "stage"
    if not marker.exists():
        return Place(root, owner(root / "data")) if (root / "data").exists() else None
    folder = Path(marker.read_text())
    if not folder.exists():
        hint = f"bring the folder back, or remove {root} to begin anew"
        raise BadInputError("data_lost", f"the folder {folder} of the database is gone", hint)
    return Place(folder, owner(folder))


def make(root: Path) -> Place:
    """A place for a first start."""
    if os.geteuid() != 0:
        if len(os.fsencode(root)) > LONGEST:
            raise BadInputError("path_too_long", "the path of the home is too long", "set a shorter VELOCITY_HOME")
        return Place(root, server_account())
    STAGES.mkdir(mode=0o755, parents=True, exist_ok=True)
    with FileLock(STAGES / "lock"):
        _sweep()
        return _new_stage(root, server_account())


def _new_stage(root: Path, account: Account) -> Place:
    folder, part = STAGES / secrets.token_hex(8), root / "stage.part"
    part.unlink(missing_ok=True)
    part.write_text(str(folder))
    account.folder(folder)
    with contextlib.suppress(OSError):  # on another file system there is no link: that stage is never swept
        (folder / "home").hardlink_to(part)
    part.rename(root / "stage")
    return Place(folder, account)


def _sweep() -> None:
    """Stop and remove what belonged to homes that were deleted since."""
    for link in STAGES.glob("*/home"):
        if link.stat().st_nlink == 1:
            remove(Place(link.parent, owner(link.parent)))


def remove(place: Place) -> None:
    """Stop the server, remove its data and, if it has one, its stage."""
    postmaster.stop(place.data)
    for folder in (place.data, *place.folder.glob("data[.-]*")):
        shutil.rmtree(folder, ignore_errors=True)
    if place.folder.parent == STAGES:
        shutil.rmtree(place.folder, ignore_errors=True)


def _copy(site: Path, major: int, account: Account) -> Path:
    """The programs of one version, copied once for all homes to a folder of the account."""
    target = STAGES / f"programs-{wheel_version()}-{major}-{account.uid}"
    part = target.with_name(f"{target.name}.part")
    with FileLock(STAGES / "lock"):
        if target.exists():
            return target
        shutil.rmtree(part, ignore_errors=True)
        try:
            _fill(account.folder(part), site, major)
            for path in part.rglob("*"):
                account.own(path)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target


def _fill(part: Path, site: Path, major: int) -> None:
    needless = shutil.ignore_patterns("*.a", "include", "__pycache__")
    for name in (LIBRARIES, programs_below(major).parent):
        if (site / name).exists():
            shutil.copytree(site / name, part / name, symlinks=True, ignore=needless)
