"""One request to a worker behind an ingress, and what its answer means before anybody reads it.

Redirects are not followed: a login page is a refusal, not an answer. JSON is told by content type, since 413, 502 and
a login page come as text or HTML.

Not here: which requests there are (`resources.comfy.client`).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import httpx

from resources.comfy.address import is_loopback
from resources.comfy.failures import ComfyError, Throttled, Unhealthy

J = TypeVar("J", dict[str, Any], list[Any])
LOGIN = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}


class Wire:
    """Connections to one base URL, which may have a path prefix. `transport` takes the network's place in tests."""

    def __init__(
        self, url: str, headers: Mapping[str, str], timeout: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/",
            headers=dict(headers),
            timeout=timeout,
            follow_redirects=False,
            trust_env=not is_loopback(url),
            transport=transport,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """An answer below 500; `transport` leaves open whether the worker acted, except for `Throttled`. `Unhealthy`
        for a login.
        """
        try:
            response = self._client.request(method, path, **request)
        except httpx.RequestError as error:
            raise ComfyError("transport", f"the worker does not answer: {type(error).__name__}", "is it up?") from None
        if response.is_redirect or response.status_code in LOGIN:
            raise Unhealthy("permanent", "the worker's ingress wants a login", "check VELOCITY_COMFY_HEADERS")
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Throttled("transport", "the worker's ingress asks us to slow down", "try again later")
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            hint = "it may have acted on the request, or not"
            raise ComfyError("transport", f"the worker answered {response.status_code}", hint)
        return response

    def json(self, kind: type[J], method: str, path: str, **request: Any) -> J:
        """The JSON of a good answer; `permanent` for a refusal, `Unhealthy` for what is no JSON of that kind."""
        response = self.send(method, path, **request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise ComfyError("permanent", f"the worker refused with {response.status_code}")
        if not is_json(response):
            raise stranger()
        return body(kind, response)


def is_json(response: httpx.Response) -> bool:
    """True for an answer that the worker itself wrote."""
    kind: str = response.headers.get("content-type", "")
    return kind.startswith("application/json")


def body(kind: type[J], response: httpx.Response) -> J:
    """The JSON of an answer; `transport` where it is broken off, `Unhealthy` where it is of another kind."""
    try:
        found = response.json()
    except ValueError:
        raise ComfyError("transport", "the worker's answer breaks off") from None
    if not isinstance(found, kind):
        raise stranger()
    return found


def stranger() -> Unhealthy:
    """For an answer that no ComfyUI server gives."""
    return Unhealthy("permanent", "what answers is no ComfyUI server", "check VELOCITY_COMFY_URL and its headers")
