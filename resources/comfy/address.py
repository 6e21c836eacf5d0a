"""Where a worker may stand: outside local behind TLS, under a name.

Not here: talking to it (`resources.comfy.client`).
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from identity.errors import BadInputError

NUMERIC = re.compile(r"(0x[0-9a-f]*|\d+)", re.IGNORECASE)  # how a resolver reads 127.1 or 0x7f000001: as an address


def check_worker_url(url: str, env: str) -> str:
    """The URL, or `bad_worker_url`: outside local a worker is named over https, never addressed by number."""
    parts = _parts(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise _bad("is no http or https address", "write it like https://comfy.example.com/path")
    if parts.username is not None or parts.query or parts.fragment:
        raise _bad("carries more than host and path", "put credentials into VELOCITY_COMFY_HEADERS")
    if env != "local" and not host.isascii():
        raise _bad("is not ASCII", "write the name as DNS has it (xn--…): some dots and digits are read as an address")
    if env != "local" and is_address(host):
        raise _bad("is an IP address", "use the worker's name: workers move")
    if env != "local" and parts.scheme != "https":
        raise _bad("is not https", "put the worker behind TLS")
    return url


def is_address(host: str) -> bool:
    """True for a host that no certificate names: IPv4 and IPv6 in every spelling, and the machine itself."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2].lower()
        return last == "localhost" or NUMERIC.fullmatch(last) is not None
    return True


def is_loopback(url: str) -> bool:
    """True where no proxy can stand between us and the worker."""
    host = _parts(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # is read lazily, and raises
    except ValueError:
        raise _bad("cannot be read", "write it like https://comfy.example.com/path") from None
    return parts


def _bad(what: str, hint: str) -> BadInputError:
    return BadInputError("bad_worker_url", f"VELOCITY_COMFY_URL {what}", hint)
