"""Where a worker may stand."""

from __future__ import annotations

import pytest

from identity.errors import BadInputError
from resources.comfy.address import check_worker_url, is_loopback

ADDRESSES = [
    "https://192.0.2.7",
    "https://192.0.2.7:8188/comfy",
    "https://[2001:db8::1]/",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://localhost",
    "https://worker.localhost",
    "https://192.0.2.7.",
    "https://127\u30020\u30020\u30021",  # full stops and digits that IDNA reads as those of ASCII
    "https://10\uff0e0\uff0e0\uff0e1",
    "https://\uff11\uff12\uff17.1",
    "https://localhost\u3002",
]


@pytest.mark.parametrize("url", ["https://comfy.example.com", "https://comfy.example.com:8443/gpu/one/"])
@pytest.mark.parametrize("env", ["local", "staging", "production"])
def test_a_name_over_tls_is_good_everywhere(url: str, env: str) -> None:
    assert check_worker_url(url, env) == url


@pytest.mark.parametrize("url", [*ADDRESSES, "http://comfy.example.com", "http://127.0.0.1:8188"])
def test_outside_local_addresses_and_plain_http_are_refused(url: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_worker_url(url, "production")
    assert refused.value.code == "bad_worker_url"
    assert check_worker_url(url, "local") == url


@pytest.mark.parametrize(
    "url",
    [
        "comfy.example.com",
        "ftp://comfy.example.com",
        "https://",
        "https://comfy.example.com:x",
        "https://[::1",
        "https://ann:secret@comfy.example.com",
        "https://comfy.example.com/?token=secret",
    ],
)
def test_what_is_no_base_url_is_refused_everywhere_and_not_repeated(url: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_worker_url(url, "local")
    assert "secret" not in str(refused.value.as_dict())


def test_loopback_is_told_from_the_rest() -> None:
    assert all(is_loopback(url) for url in ("http://127.0.0.1:1", "http://localhost", "http://[::1]:2"))
    assert not is_loopback("https://comfy.example.com")
