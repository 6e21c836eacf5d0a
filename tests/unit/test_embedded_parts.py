"""The parts of the embedded server that need no server: state, ports, holders, places, the words of errors."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import BadInputError
from resources.embedded import __main__ as command
from resources.embedded import binaries, cluster, place, ports, postmaster
from resources.embedded import state as states
from resources.embedded.holders import Holders
from resources.embedded.programs import failure
from resources.embedded.state import State


def test_a_state_is_read_as_written_by_its_owner_alone(tmp_path: Path) -> None:
    state = State().with_port(5555)
    states.save(tmp_path, state)
    assert states.load(tmp_path) == state
    assert stat.S_IMODE((tmp_path / states.FILE).stat().st_mode) == 0o600
    assert state.password not in repr(state)
    assert State().password != state.password


@pytest.mark.parametrize("text", [None, "", "{", "[]", "7", '{"port": 1, "other": 2}'])
def test_a_damaged_state_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / states.FILE).write_text(text)
    assert states.load(tmp_path) is None


@pytest.mark.parametrize(("gigabytes", "cache"), [(0.25, "128MB"), (4, "512MB"), (64, "1024MB")])
def test_the_cache_is_an_eighth_of_the_memory_within_bounds(
    monkeypatch: pytest.MonkeyPatch, gigabytes: float, cache: str
) -> None:
    monkeypatch.setattr(cluster, "_memory", lambda: int(gigabytes * 2**30))
    assert cluster._defaults()["shared_buffers"] == cache


def test_the_port_of_before_is_kept_while_it_is_free() -> None:
    port = ports.free_port()
    assert ports.choose(None, port) == port
    assert ports.choose(port, 0) == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert ports.choose(None, port) not in (0, port)
        with pytest.raises(BadInputError, match=f"port {port} cannot be used: Address already in use"):
            ports.choose(port, 0)


def test_the_last_holder_is_told(tmp_path: Path) -> None:
    first, second = Holders(tmp_path), Holders(tmp_path)
    first.join()
    first.join()
    second.join()
    assert not first.leave()
    assert not first.leave()
    assert not first.leave()  # once too often
    assert second.leave()
    second.join()
    second.keep(on=True)
    assert not second.leave()


@given(st.binary(max_size=200) | st.integers(0, 10**12).map(lambda pid: f"{pid}\n/data".encode()))
def test_no_pid_file_is_mistaken_for_a_server(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    data = tmp_path_factory.getbasetemp()
    (data / "postmaster.pid").write_bytes(content)
    assert postmaster.find(data) is None
    postmaster.forget_foreign_pid(data)
    assert not postmaster.stop(data)


def test_the_telling_line_of_a_program_is_passed_on() -> None:
    output = "LOG:  starting\n2026 FATAL:  could not create any TCP/IP sockets\nLOG:  shut down\n"
    assert failure("postgres", output).message == "postgres: could not create any TCP/IP sockets"
    assert failure("initdb", "one\ntwo\n").message == "initdb: two"
    assert failure("initdb", "").code == "postgres_failed"
    full = failure("initdb", "initdb: error: could not write: No space left on device\n")
    assert (full.code, full.exit_code) == ("disk_full", 2)


def test_a_version_that_the_wheel_lacks_is_named() -> None:
    assert (binaries.site_folder(binaries.MAJOR) / binaries.programs_below(binaries.MAJOR) / "initdb").exists()
    with pytest.raises(BadInputError, match="has no Postgres 7"):
        binaries.site_folder(7)


def test_a_path_that_postgres_would_cut_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    with pytest.raises(BadInputError, match="too long"):
        place.make(tmp_path / "/".join(["n" * 100] * 10))


def test_the_data_of_another_account_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(BadInputError, match="belongs to another account"):
        place.find(tmp_path)


def test_the_moving_command_wants_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 2
    assert command.main([str(tmp_path / "absent")]) == 2
    assert command.main([str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.err.count("name one folder") == 2
    assert "nothing to move" in said.out
