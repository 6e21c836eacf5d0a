"""The systemd units: they parse, name what exists, listen on loopback only, and let runs end."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
import yaml

from velocity_pipelines.platform.instance import LOCATION

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
CODE_SERVER = UNITS / "velocity-code-server.service"
INSTALLED = "/opt/velocity"  # where the checkout stands on an origin


class _Unit(configparser.RawConfigParser):
    """A unit file; keys keep their case, a key that stands twice keeps its last value."""

    def __init__(self, *files: Path) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read(files)


def _service(path: Path) -> _Unit:
    return _Unit(UNITS / "velocity-.service.d" / "common.conf", path)


def _commands(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text().splitlines() if line.startswith("ExecStart")]
    return [shlex.split(line.partition("=")[2]) for line in lines]


def _main_command(path: Path) -> list[str]:
    return shlex.split(_service(path)["Service"]["ExecStart"])


def test_the_target_wants_every_service() -> None:
    wanted = _Unit(UNITS / "velocity.target")["Unit"]["Wants"].split()
    assert sorted(wanted) == [path.name for path in SERVICES]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_service_is_hardened_and_not_root(path: Path) -> None:
    service = _service(path)["Service"]
    assert service["User"] == "velocity"
    assert service["EnvironmentFile"] == "/etc/velocity/velocity.env"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_files_that_a_service_names_exist(path: Path) -> None:
    words = [word for command in _commands(path) for word in command if word.startswith(INSTALLED)]
    assert words
    for word in words:
        relative = Path(word).relative_to(INSTALLED)
        if relative.parts[0] == ".venv":
            assert relative.name in {"python", *(script.name for script in entry_points(group="console_scripts"))}
        else:
            assert (ROOT / relative).exists(), word


@pytest.mark.parametrize("path", [p for p in SERVICES if p != CODE_SERVER], ids=lambda path: path.stem)
def test_the_program_takes_the_arguments_of_the_service(path: Path) -> None:
    program, *arguments = _main_command(path)
    (script,) = entry_points(group="console_scripts", name=Path(program).name)
    command: click.Command = import_module(script.module).cli
    while isinstance(command, click.Group):
        command = command.commands[arguments.pop(0)]
    command.make_context(command.name, [word.replace(INSTALLED, str(ROOT)) for word in arguments])


def test_the_code_server_takes_the_arguments_of_its_service() -> None:
    _, *arguments = _main_command(CODE_SERVER)
    shown = subprocess.run(
        [sys.executable, *arguments[:2], "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert {word for word in arguments[2:] if word.startswith("-")} <= set(shown.split())


def test_everything_listens_on_loopback_at_its_own_port() -> None:
    webservers = [_main_command(path) for path in SERVICES if "webserver" in path.stem]
    assert [(c[c.index("-h") + 1], c[c.index("-p") + 1]) for c in webservers] == [
        ("127.0.0.1", "3112"),
        ("127.0.0.1", "3111"),
    ]


def test_only_the_viewers_webserver_is_read_only() -> None:
    assert [p.stem for p in SERVICES if "--read-only" in _main_command(p)] == ["velocity-webserver-readonly"]


def test_the_code_server_lets_its_runs_end() -> None:
    service = _service(CODE_SERVER)["Service"]
    assert (service["KillMode"], service["TimeoutStopSec"]) == ("mixed", "30min")


def test_the_workspace_of_the_origin_is_its_code_server() -> None:
    (entry,) = yaml.safe_load((ROOT / "deploy" / "workspace.yaml").read_text())["load_from"]
    command = _main_command(CODE_SERVER)
    assert entry["grpc_server"] == {
        "host": "127.0.0.1",
        "port": int(command[command.index("--port") + 1]),
        "location_name": LOCATION,
    }
    assert command[command.index("--location-name") + 1] == LOCATION


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_units() -> None:
    names = [str(path) for path in (*SERVICES, UNITS / "velocity.target")]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    absent = f"Command {INSTALLED}/.venv/bin/"  # the platform is not installed on the machine that tests
    said = [line for line in done.stderr.splitlines() if line.startswith("velocity") and absent not in line]
    assert said == []
