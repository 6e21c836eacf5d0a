"""One attempt of one job on a worker: submit, wait, fetch, check; what came of it is a value, not an exception.

Not here: the queue of jobs and their next attempt (`resources.enriching`, `resources.enriching.lane`).
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image

from resources.comfy.card import sha256_of_pixels
from resources.comfy.client import LIMITS, ComfyClient, Limits, Output, prompt_id_for
from resources.comfy.failures import ComfyError, FailureClass
from resources.comfy.standing import Standing
from resources.comfy.template import Declared, Template

SUBMIT_TRIES = 3
PAUSE = 0.5  # seconds before an unanswered submission is looked up and, if need be, sent again


@dataclass(frozen=True, slots=True)
class Picture:
    """PNG bytes as fetched, their SHA-256, and that of the pixels, which alone is the same from run to run."""

    data: bytes
    sha256: str
    pixel_sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: all declared pictures, or the class of the failure and a reason in our own words."""

    status: Literal["done", "failed", "cancelled"]
    prompt_id: str
    seconds: float
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    failure: FailureClass | None = None
    reason: str = ""


def run_job(
    client: ComfyClient,
    template: Template,
    job: str,
    attempt: int,
    parameters: Mapping[str, Any],
    limits: Limits = LIMITS,
) -> Outcome:
    """Make the pictures of a template. Whoever interrupts this call has the job cancelled, and no other.

    The output folder holds the prompt id, so that the pictures are found even when the worker forgot the job.
    """
    prompt, began = prompt_id_for(job, attempt), time.monotonic()
    graph = template.bind(parameters, folder_of(prompt))
    try:
        pictures = _make(client, template, graph, prompt, limits)
    except ComfyError as error:
        _let_go(client, prompt)
        status: Literal["cancelled", "failed"] = "cancelled" if error.failure == "cancelled" else "failed"
        seconds = time.monotonic() - began
        return Outcome(status, prompt, seconds, failure=error.failure, reason=error.message)
    except BaseException:
        _let_go(client, prompt)
        raise
    return Outcome("done", prompt, time.monotonic() - began, pictures)


def _make(
    client: ComfyClient, template: Template, graph: dict[str, Any], prompt: str, limits: Limits
) -> dict[str, Picture]:
    _submit(client, graph, prompt)
    try:
        ended = client.wait(prompt, limits)
    except ComfyError as error:
        if error.failure != "lost":
            raise
        return pictures_left(client, template, prompt)
    if ended.state != "done":
        if ended.failure == "capacity":
            with suppress(ComfyError):
                client.free()
        raise ComfyError(ended.failure or "permanent", ended.reason)
    return pictures_of(client, template, ended)


def _submit(client: ComfyClient, graph: dict[str, Any], prompt: str) -> None:
    """A lost answer leaves open whether the job is queued: `submit` looks it up before it posts again."""
    for left in reversed(range(SUBMIT_TRIES)):
        try:
            client.submit(graph, prompt)
        except ComfyError as error:
            if error.failure != "transport" or not left:
                raise
            time.sleep(PAUSE)
        else:
            return


def pictures_of(client: ComfyClient, template: Template, ended: Standing) -> dict[str, Picture]:
    """The declared pictures of a prompt that is done; `permanent` where one is missing or not as declared."""
    return _pictures(client, template, lambda name, declared: _only_file(ended, name, declared))


def pictures_left(client: ComfyClient, template: Template, prompt: str) -> dict[str, Picture]:
    """The same of a prompt that the worker forgot; `lost` where it had not finished."""
    return _pictures(client, template, lambda name, _: _first_file(prompt, name))


def _pictures(client: ComfyClient, template: Template, where: Callable[[str, Declared], Output]) -> dict[str, Picture]:
    return {name: checked(client.fetch(where(name, declared)), declared) for name, declared in template.outputs.items()}


def _only_file(ended: Standing, name: str, declared: Declared) -> Output:
    files = ended.outputs.get(declared.node, [])
    if len(files) != 1:
        raise ComfyError("permanent", f"the worker made {len(files)} pictures for {name}")
    return files[0]


def checked(data: bytes, declared: Declared) -> Picture:
    """A fetched picture with its hashes; `permanent` unless it is a whole PNG of the declared size."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            pixels = image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ComfyError("permanent", "what the worker made is no picture") from None
    if not declared.allows(pixels.size):
        raise ComfyError("permanent", f"the picture is {pixels.width} x {pixels.height} pixels, not as declared")
    return Picture(data, hashlib.sha256(data).hexdigest(), sha256_of_pixels(pixels))


def folder_of(prompt: str) -> str:
    """Where a prompt saves its pictures, so that they are found even when the worker forgot it."""
    return f"velocity/{prompt}"


def _first_file(prompt: str, name: str) -> Output:
    """Where a worker that forgot a finished job has left its picture; `fetch` says `lost` if it had not finished."""
    return Output(f"{name}_00001_.png", folder_of(prompt), "output")


def _let_go(client: ComfyClient, prompt: str) -> None:
    """Cancel what may still wait or run; a worker that is gone has nothing to cancel."""
    with suppress(ComfyError):
        client.cancel(prompt)
