"""The proxy's configuration, read: what must stand in it. What it does is tried in the integration tests."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "deploy" / "nginx"
CONF, PROXY = ((FOLDER / name).read_text() for name in ("velocity.conf", "proxy.inc"))
LOCATIONS = re.findall(r"\n    location (.*?) \{(.*?)\n    \}", CONF, re.DOTALL)


def _ports(unit: str) -> list[str]:
    text = (FOLDER.parent / "systemd" / f"{unit}.service").read_text()
    return re.findall(r"-h 127\.0\.0\.1 -p (\d+)", text)


def test_editors_and_viewers_have_their_own_webserver() -> None:
    for name, unit in (("editors", "velocity-webserver"), ("viewers", "velocity-webserver-readonly")):
        assert re.findall(rf"upstream {name} \{{ server 127\.0\.0\.1:(\d+); \}}", CONF) == _ports(unit)
    assert re.search(r"map \$velocity_user \$velocity_upstream \{\s+default viewers;", CONF)


def test_every_location_overwrites_the_users_name() -> None:
    assert len(LOCATIONS) == 2
    assert all("include /etc/nginx/velocity/proxy.inc;" in body for _, body in LOCATIONS)
    assert "proxy_set_header X-Forwarded-User $velocity_user;" in PROXY
    assert 'proxy_set_header Authorization "";' in PROXY


def test_nothing_below_the_server_takes_back_its_headers() -> None:
    assert all("add_header" not in body for _, body in LOCATIONS)
    assert "add_header" not in PROXY
    assert "add_header X-Frame-Options DENY always;" in CONF
    assert "frame-ancestors 'none'" in CONF


def test_everybody_is_asked_who_they_are() -> None:
    assert re.search(r"\n    auth_basic ", CONF)
    assert not re.search(r"auth_basic\s+off|satisfy\s+any", CONF)


def test_the_ports_of_runs_are_not_reachable_through_it() -> None:
    assert "4266" not in CONF
    assert set(re.findall(r"proxy_pass (\S+);", CONF)) == {"http://$velocity_upstream"}
