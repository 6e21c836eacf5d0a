"""The proxy's configuration, tried with a real nginx in front of two webservers that tell what reached them."""

from __future__ import annotations

import getpass
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "nginx"
SITE = "https://velocity.example.com"
QUERY = {"query": "mutation { x }"}

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx and openssl are not both installed"
)


class _Webserver(ThreadingHTTPServer):
    """Answers every request with its own name and the headers that reached it."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Tell)
        self.name = name
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Tell(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"server": self.server.name, "headers": dict(self.headers)}).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write(folder: Path, port: int, upstreams: dict[str, int]) -> Path:
    """The configuration of `deploy/`, with ports and folder of this test and the files that an origin adds."""
    site = (FOLDER / "velocity.conf").read_text().replace("/etc/nginx/velocity", str(folder))
    site = re.sub(r"\n.*listen \[::\].*", "", site)
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}").replace(
        "listen 80", f"listen 127.0.0.1:{_free_port()}"
    )
    for name, upstream in upstreams.items():
        site = re.sub(rf"(upstream {name} \{{ server 127\.0\.0\.1:)\d+", rf"\g<1>{upstream}", site)
    shutil.copy(FOLDER / "proxy.inc", folder)
    (folder / "editors.map").write_text("ann editors;\n")
    (folder / "users").write_text("ann:{PLAIN}word\nbob:{PLAIN}word\n")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/pid; user {getpass.getuser()}; error_log stderr; events {{}}"
    main = folder / "nginx.conf"
    main.write_text(f"{head}\nhttp {{ access_log off; {temporary}\n{site}}}\n")
    return main


def _certificate(folder: Path) -> None:
    names = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=velocity.example.com"]
    subprocess.run(["openssl", "req", "-x509", *kind, *names], check=True, capture_output=True)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("nginx"), _free_port()
    servers = [_Webserver(name) for name in ("editors", "viewers")]
    main = _write(folder, port, {server.name: server.server_port for server in servers})
    _certificate(folder)
    command = ["nginx", "-p", str(folder), "-c", str(main)]
    assert subprocess.run([*command, "-t"], capture_output=True, text=True, check=False).returncode == 0
    running = subprocess.Popen(command)
    _wait(port)
    yield f"https://127.0.0.1:{port}"
    running.terminate()
    assert running.wait(10) == 0
    for server in servers:
        server.shutdown()
        server.server_close()


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


@pytest.fixture(scope="module")
def browser(proxy: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy, verify=False, headers={"Host": "velocity.example.com"}) as client:
        yield client


def _told(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


ANN, BOB = ("ann", "word"), ("bob", "word")


def test_nobody_gets_in_unasked(browser: httpx.Client) -> None:
    assert browser.get("/").status_code == 401
    assert browser.post("/graphql", json=QUERY).status_code == 401


def test_editors_and_viewers_reach_their_own_webserver(browser: httpx.Client) -> None:
    for user, server in ((ANN, "editors"), (BOB, "viewers")):
        assert _told(browser.get("/runs", auth=user))["server"] == server
        assert _told(browser.post("/graphql", json=QUERY, auth=user))["server"] == server


def test_a_forged_name_is_overwritten_and_the_password_goes_no_further(browser: httpx.Client) -> None:
    headers = _told(browser.get("/", auth=BOB, headers={"X-Forwarded-User": "ann"}))["headers"]
    assert headers["X-Forwarded-User"] == "bob"
    assert "Authorization" not in headers


@pytest.mark.parametrize("path", ["/graphql", "//graphql", "/%67raphql", "/x/%2e%2e/graphql"])
def test_no_mutation_by_a_link(proxy: str, browser: httpx.Client, path: str) -> None:
    assert browser.get(f"{proxy}{path}?query=mutation", auth=ANN).status_code == 405


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json"])
def test_no_mutation_by_a_form_of_another_page(browser: httpx.Client, kind: str) -> None:
    headers = {"Content-Type": kind}
    assert browser.post("/graphql?query=mutation", content=b"{}", auth=ANN, headers=headers).status_code == 405


@pytest.mark.parametrize(
    ("origin", "status"),
    [(SITE, 200), ("https://evil.example", 405), ("https://velocity.example.com.evil.example", 405), ("null", 405)],
)
def test_browsers_are_heard_from_our_own_pages_only(browser: httpx.Client, origin: str, status: int) -> None:
    assert browser.post("/graphql", json=QUERY, auth=ANN, headers={"Origin": origin}).status_code == status
    upgrade = {"Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
    assert browser.get("/graphql", auth=ANN, headers=upgrade).status_code == status


def test_a_websocket_upgrade_goes_through(browser: httpx.Client) -> None:
    upgrade = {"Origin": SITE, "Upgrade": "websocket", "Connection": "Upgrade"}
    headers = _told(browser.get("/graphql", auth=BOB, headers=upgrade))["headers"]
    assert (headers["Upgrade"], headers["Connection"]) == ("websocket", "upgrade")


def test_nothing_else_is_posted(browser: httpx.Client) -> None:
    assert browser.post("/report_asset_materialization/replay", auth=ANN).status_code == 403


def test_pages_may_not_be_framed(browser: httpx.Client) -> None:
    for answer in (browser.get("/", auth=ANN), browser.get("/graphql", auth=ANN), browser.get("/")):
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
