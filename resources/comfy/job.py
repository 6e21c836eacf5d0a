"""One attempt of one job for callers that want pictures or an exception.

Not here: the attempt itself (`resources.comfy.dispatch`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resources.comfy import dispatch
from resources.comfy.client import ComfyClient
from resources.comfy.failures import ComfyError
from resources.comfy.template import Template


@dataclass(frozen=True, slots=True)
class Made:
    """What the worker made: the bytes by output name, under the prompt id of the attempt."""

    prompt_id: str
    pictures: dict[str, bytes]


def run_job(client: ComfyClient, template: Template, job: str, attempt: int, values: Mapping[str, Any]) -> Made:
    """`dispatch.run_job`, with a failed outcome raised as the `ComfyError` of its class."""
    outcome = dispatch.run_job(client, template, job, attempt, values)
    if outcome.failure:
        raise ComfyError(outcome.failure, outcome.reason)
    return Made(outcome.prompt_id, {name: picture.data for name, picture in outcome.pictures.items()})
