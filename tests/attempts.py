"""One attempt of one job on a worker, by the prompts of a lane and without a database; prompts that are waited for.

Not here: the worker (`tests.workers`), jobs in Postgres (`tests.enriching`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from resources.comfy.client import LIMITS, ComfyClient, Limits, prompt_id_for
from resources.comfy.fetching import Picture
from resources.comfy.recipes import Recipe
from resources.comfy.standing import Standing
from resources.comfy.template import Template
from resources.enriching.book import Claim
from resources.enriching.flight import FIRST_POLL, Flight
from resources.enriching.prompts import Prompts, Unhealthy


@dataclass(frozen=True, slots=True)
class Outcome:
    """All declared pictures, or the class of the failure and its reason."""

    status: Literal["done", "failed"]
    prompt_id: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    failure: str | None = None
    reason: str | None = None


def run_job(
    client: ComfyClient,
    template: Template,
    job: str,
    attempt: int,
    parameters: Mapping[str, Any],
    limits: Limits = LIMITS,
    *,
    resumed: bool = False,
) -> Outcome:
    """Make the pictures of a template; `resumed`: the attempt may have been sent already."""
    recipe = Recipe(template.name, "contact", (), 0, lambda _key: {}, lambda fetched, _row: fetched)
    prompt = prompt_id_for(job, attempt)
    prompts = Prompts(client, {(template.name, "contact"): recipe}, limits)
    claim = Claim(job, attempt, prompt, template.name, "contact", "", dict(parameters), {}, resumed)
    prompts.flights[job] = Flight(claim, time.monotonic(), "waiting" if resumed else "new")
    try:
        while prompts.flights:
            prompts.round()
            client.pause([prompt], FIRST_POLL)
    except Unhealthy as error:
        return Outcome("failed", prompt, failure=error.failure, reason=error.message)
    if prompts.finished:
        return Outcome("done", prompt, prompts.finished[0].fetched)
    (ending,) = prompts.endings
    return Outcome("failed", prompt, failure=ending.failure, reason=ending.reason)


def ended(client: ComfyClient, prompt: str, seconds: float = 20) -> Standing:
    """How a prompt stands when it has ended."""
    end = time.monotonic() + seconds
    while not (standing := client.standing(prompt)).has_ended:
        assert time.monotonic() < end, "it did not end"
        client.pause([prompt], FIRST_POLL)
    return standing
