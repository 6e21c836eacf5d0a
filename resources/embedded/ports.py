"""Which port of loopback the server takes.

Not here: the server (`resources.embedded.cluster`).
"""

from __future__ import annotations

import socket

from identity.errors import BadInputError


def choose(fixed: int | None, before: int) -> int:
    """The fixed port, else the one of the last start if it is free, else a free one; `port_in_use` for the fixed."""
    if fixed is None:
        return before if before and _refusal(before) is None else free_port()
    refusal = _refusal(fixed)
    if refusal:
        hint = "stop what uses it, or set another VELOCITY_POSTGRES_PORT"
        raise BadInputError("port_in_use", f"port {fixed} cannot be used: {refusal}", hint)
    return fixed


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _refusal(port: int) -> str | None:
    """Why the port cannot be had, None if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Postgres does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror
    return None
