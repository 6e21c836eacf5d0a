"""Under which account the embedded server runs, and what that account must be able to reach."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from resources.embedded import EmbeddedPostgres, account

NewServer = Callable[[str], EmbeddedPostgres]
CHECKOUT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has other accounts")
LIFE = """
import os, sys
from pathlib import Path
import psycopg
from resources.embedded import EmbeddedPostgres
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
server = EmbeddedPostgres(Path(sys.argv[1]) / "postgres", durable=False)
with server.hold() as dsn:
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert server.status().data == Path(sys.argv[1]) / "postgres" / "data"
assert not server.status().running
try:
    EmbeddedPostgres(Path(sys.argv[3]) / "postgres").start()
except Exception as error:
    print(error.code, error.message)
"""


@as_root
def test_root_drops_its_rights_below_a_closed_home(tmp_path: Path, new_server: NewServer) -> None:
    home = tmp_path / "closed"
    home.mkdir(mode=0o700)
    server = new_server("closed/var/postgres")
    with server.hold():
        status = server.status()
        assert status.pid is not None
        assert status.data is not None
        process = psutil.Process(status.pid)
        assert process.uids().effective == account.server_account().uid != 0
        assert process.gids().effective != 0
        assert not str(status.data).startswith(str(tmp_path))
        assert stat.S_IMODE(status.data.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert Path(process.exe()).stat().st_uid == status.data.stat().st_uid


@as_root
def test_root_falls_back_to_nobody(embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "CANDIDATES", ("no-such-account", "nobody"))
    with embedded.hold():
        pid = embedded.status().pid
        assert pid is not None
        assert psutil.Process(pid).username() == "nobody"


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vp"))
    entry = pwd.getpwnam("nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_another_account_needs_no_rights_and_root_may_use_its_home(folder_of_nobody: Path, tmp_path: Path) -> None:
    if not all(parent.stat().st_mode & stat.S_IXOTH for parent in [CHECKOUT, *CHECKOUT.parents]):
        pytest.skip("the checkout is below a closed folder")
    nobody = pwd.getpwnam("nobody").pw_uid
    command = [sys.executable, "-c", LIFE, str(folder_of_nobody), str(nobody), str(tmp_path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("home_unusable ")
    assert "Permission denied" in done.stdout

    server = EmbeddedPostgres(folder_of_nobody / "postgres")
    with server.hold():
        pid = server.status().pid
        assert pid is not None
        assert psutil.Process(pid).uids().effective == nobody
    owners = {path.stat().st_uid for path in server.root.rglob("*")}
    assert owners == {nobody}
