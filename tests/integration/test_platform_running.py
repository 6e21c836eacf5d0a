"""The platform as the command line starts it, with runs launched on it as the UI launches them."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from identity.errors import VelocityError
from resources.embedded import EmbeddedPostgres
from velocity_pipelines.launching import IMPORT_JOB, import_tags
from velocity_pipelines.platform import children, code_server, graphql
from velocity_pipelines.settings import checkout
from velocity_pipelines.synth import write_exports

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
COMMAND = "from velocity_pipelines.cli import main; main()"


@dataclass(frozen=True)
class Platform:
    """A home of its own and the commands on it."""

    home: Path
    port: int

    def velocity(self, *arguments: str) -> tuple[int, Any]:
        """Exit code and JSON answer of a command."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("VELOCITY_", "DAGSTER_"))}
        own = {"VELOCITY_HOME": str(self.home), "VELOCITY_WEBSERVER_PORT": str(self.port)}
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments, "--json"],
            env={**clean, **own, "PYTHONPATH": str(checkout())},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def states(self) -> dict[str, str]:
        return {p["name"]: p["state"] for p in self.velocity("status")[1]["processes"]}

    def known(self) -> dict[str, children.Child]:
        return {child.name: child for child in children.load(self.home / "platform.json")}

    def processes(self) -> list[psutil.Process]:
        """Whatever runs for this home."""
        return [p for p in psutil.process_iter() if str(self.home) in _environment(p).get("VELOCITY_HOME", "")]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def platform(short_folder: Path) -> Iterator[Platform]:
    """A running platform on an embedded server of its own."""
    made = Platform(short_folder / "up", free_port())
    try:
        code, answer = made.velocity("up")
        assert code == 0, answer
        yield made
    finally:
        made.velocity("down")
        EmbeddedPostgres(made.home / "postgres").remove()
    assert made.processes() == []


def test_up_starts_all_and_a_second_up_nothing(platform: Platform) -> None:
    assert set(platform.states()) == {"postgres", "code-server", "webserver", "daemon"}
    assert set(platform.states().values()) == {"up"}
    before = platform.known()
    assert platform.velocity("up")[0] == 0
    assert platform.known() == before
    assert httpx.get(f"{platform.url}/server_info").json()["dagster_webserver_version"]


def test_everything_listens_on_loopback_alone(platform: Platform) -> None:
    listening = [c for p in platform.processes() for c in p.net_connections() if c.status == psutil.CONN_LISTEN]
    assert {ipaddress.ip_address(c.laddr.ip.removeprefix("::ffff:")).is_loopback for c in listening} == {True}


def test_no_password_on_a_command_line(platform: Platform) -> None:
    secret = json.loads((platform.home / "postgres" / "state.json").read_text())["password"]
    assert secret not in " ".join(part for p in platform.processes() for part in p.cmdline())
    assert secret not in (platform.home / "dagster" / "workspace.yaml").read_text()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="threads are counted in /proc")
def test_what_runs_are_forked_from_has_one_thread(platform: Platform) -> None:
    family = platform.known()["code-server"].family()
    warm = [p for p in family if any("forkserver" in part for part in p.cmdline())]
    assert [p.num_threads() for p in warm] == [1]


def test_what_runs_are_forked_from_gives_way_to_readers(platform: Platform) -> None:
    family = platform.known()["code-server"].family()
    warm = [p for p in family if any("forkserver" in part for part in p.cmdline())]
    assert [p.nice() for p in warm] == [min(19, psutil.Process().nice() + code_server.PATIENCE)]


def test_a_file_imported_on_the_platform_is_published_by_a_run_there(platform: Platform, tmp_path: Path) -> None:
    write_exports(60, 5, tmp_path)
    file, mapping = tmp_path / "hubspot_contact.csv", tmp_path / "mappings" / "hubspot_contact.yaml"
    code, answer = platform.velocity("import", str(file), "--mapping", str(mapping))
    assert code == 0, answer
    assert answer["batches"][0]["status"] == "published"
    assert graphql.run_state(platform.url, answer["run_id"]).status == "SUCCESS"
    told: list[str] = []
    batch = answer["batches"][0]["batch"]
    again = graphql.launch(platform.url, IMPORT_JOB, import_tags([batch]))
    state = graphql.wait(platform.url, again, told.append, timeout=120)
    assert (state.status, state.error) == ("SUCCESS", None)
    assert told[-1].endswith("success")
    assert state.steps[0] == "evidence"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to look with")
@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("/asset-groups", ["intake", "identity", "client_360", "publication", "enrichment", "replay"]),
        ("/assets/contact_360?view=checks", ["equals_canonical"]),
        ("/runs", ["import_batches", "Success"]),
        ("/automation", ["landing_folder", "nightly_replay"]),
    ],
)
def test_a_browser_shows_it(platform: Platform, page: str, seen: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        tab = browser.new_page(viewport={"width": 1600, "height": 1000})
        tab.goto(platform.url + page)
        for words in seen:
            tab.get_by_text(words).first.wait_for(timeout=30_000)
        browser.close()


def test_a_run_that_fails_tells_the_cause(platform: Platform) -> None:
    graphql.add_partition(platform.url, "absent-batch")
    run_id = graphql.launch(platform.url, IMPORT_JOB, import_tags(["absent-batch"]))
    state = graphql.wait(platform.url, run_id, lambda _line: None, timeout=120)
    assert state.status == "FAILURE"
    assert state.error
    assert "absent-batch" in state.error


def test_what_cannot_be_launched_is_refused(platform: Platform) -> None:
    with pytest.raises(VelocityError) as refused:
        graphql.launch(platform.url, "no_such_job", {})
    assert refused.value.code == "launch_refused"
    with pytest.raises(VelocityError) as unknown:
        graphql.run_state(platform.url, "00000000-0000-4000-8000-000000000000")
    assert unknown.value.code == "unknown_run"


def test_a_killed_code_server_is_seen_and_replaced(platform: Platform) -> None:
    killed = platform.known()["code-server"]
    psutil.Process(killed.pid).kill()
    deadline = time.monotonic() + 20
    while killed.family() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert platform.states()["code-server"] == "died"
    assert platform.velocity("up")[0] == 0
    assert set(platform.states().values()) == {"up"}
    assert platform.known()["code-server"] != killed


def test_down_leaves_nothing_and_up_on_a_taken_port_says_so(platform: Platform) -> None:
    code, answer = platform.velocity("down")
    assert code == 0
    assert {p["state"] for p in answer["processes"]} == {"down"}
    assert platform.processes() == []
    with socket.create_server(("127.0.0.1", platform.port)):
        code, answer = platform.velocity("up")
    assert code == 2
    assert answer["error"]["code"] == "port_in_use"
    assert platform.processes() == []
    assert set(platform.states().values()) == {"down"}
    assert platform.velocity("down")[0] == 0


def test_nothing_answers_on_a_port_where_no_platform_is() -> None:
    with pytest.raises(VelocityError) as silent:
        graphql.ask(f"http://127.0.0.1:{free_port()}", "{ version }")
    assert silent.value.code == "platform_unreachable"
