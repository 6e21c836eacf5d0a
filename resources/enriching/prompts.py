"""What becomes of each prompt that a lane has under way: sent, looked at, fetched, finished, failed or cancelled.

What happened is collected here until the lane writes it down.

Not here: the loop, the lease (`resources.enriching.lane`); one prompt's clock (`resources.enriching.flight`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Literal

from resources.comfy.client import ComfyClient, Limits
from resources.comfy.failures import ComfyError, FailureClass, Throttled, Unhealthy
from resources.comfy.fetching import folder_of, pictures_left, pictures_of
from resources.comfy.picture import Picture
from resources.comfy.recipes import Recipe
from resources.comfy.standing import UNKNOWN, Standing
from resources.comfy.template import load
from resources.enriching.accepting import Finished
from resources.enriching.book import Ending, Event, Step
from resources.enriching.flight import Flight
from resources.enriching.retrying import next_try

POSTS = 4  # how often a prompt is sent where no answer comes
FETCHES = 4  # how often pictures are asked for that the worker cannot send
UNANSWERED = 0.5  # seconds until an unanswered prompt is looked up and, if need be, sent again


class Prompts:
    """The prompts of a lane by job, and what came of them since it last wrote that down: `steps`, `endings`, what is
    `finished`, and `again`: when a job may be tried once more. `counts`: how many ended how.
    """

    def __init__(self, client: ComfyClient, recipes: Mapping[tuple[str, str], Recipe], limits: Limits) -> None:
        self.client, self.recipes, self.limits = client, recipes, limits
        self.counts: Counter[str] = Counter()
        self.flights: dict[str, Flight] = {}
        self.finished: list[Finished] = []
        self.again: list[tuple[float, str]] = []
        self.steps: list[Step] = []
        self.endings: list[Ending] = []
        self._heard = time.monotonic()
        self._freed: float | None = None  # when the worker was asked to, since which nothing has come of it

    def round(self) -> None:
        """Look at every prompt that is due. Where the worker does not answer, the others wait for the next round."""
        for job, flight in list(self.flights.items()):
            if flight.due > time.monotonic():
                continue
            try:
                self._look(flight)
            except Unhealthy:
                raise
            except ComfyError as error:
                if error.failure == "transport":
                    self.flights[job] = self.flights.pop(job)  # another is asked first next time
                    self._unheard(flight)
                    return
                self._failed(flight, error.failure, error.message)

    def _look(self, flight: Flight) -> None:
        """Send it, or see how it stands and do what follows; `transport` where there is no answer."""
        if flight.stage == "new":
            self._post(flight)
            return
        if flight.unwanted and not flight.asked:
            self.ask_to_cancel(flight)
        standing = self.client.standing(flight.prompt)
        now = self._heard = flight.heard = time.monotonic()
        flight.is_over = standing.has_ended or standing == UNKNOWN
        if standing.has_ended:
            self._ended(flight, standing)
        elif standing == UNKNOWN:
            self._unknown(flight)
        else:
            self._goes_on(flight, standing, now)

    def _post(self, flight: Flight) -> None:
        """Send the graph; without an answer nobody knows whether it is queued."""
        if flight.unwanted:
            self._end(flight)
            return
        claim, flight.posts, flight.stage = flight.claim, flight.posts + 1, "unsure"
        flight.is_over = False
        graph = load(claim.template).bind(claim.parameters, folder_of(claim.prompt_id))
        try:
            self.client.post(graph, claim.prompt_id)
        except Throttled:
            flight.posts -= 1
            raise
        except ComfyError as error:
            if error.failure == "transport":
                self._step(flight, "unanswered")
            flight.is_over = error.failure == "permanent"
            raise
        self._submitted(flight)
        flight.later(flight.heard)

    def _submitted(self, flight: Flight) -> None:
        flight.stage, flight.submitted = "waiting", time.monotonic()
        self._heard = flight.heard = flight.submitted
        self._step(flight, "submitted")

    def _goes_on(self, flight: Flight, standing: Standing, now: float) -> None:
        if flight.stage == "unsure":
            self._submitted(flight)
        if standing.state == "running" and flight.stage != "running":
            flight.stage, flight.running = "running", now
            self._step(flight, "running")
        overdue = flight.overdue(self.limits, now, self.client.still(flight.prompt))
        if overdue:
            if not flight.asked:
                self.client.cancel(flight.prompt)
                flight.asked = True
            self._failed(flight, "capacity", f"the job {overdue}")
        flight.later(now)

    def _unknown(self, flight: Flight) -> None:
        """A prompt that the worker does not know: cancelled while it waited, never arrived, or forgotten."""
        if flight.unwanted:
            self._end(flight)
        elif flight.stage != "unsure":
            if not flight.fetches:
                self._step(flight, "lost")
            self._take(flight, self._fetched(flight, None), UNKNOWN)
        elif flight.posts >= POSTS:
            self._failed(flight, "transport", "no submission was answered")
        elif flight.overdue(self.limits, flight.heard):
            self._failed(flight, "capacity", "the worker's ingress took no submission")
        else:
            self._post(flight)

    def _ended(self, flight: Flight, standing: Standing) -> None:
        if standing.state == "done" and flight.claim.shown is not None:
            self._take(flight, self._fetched(flight, standing), standing)
        elif flight.unwanted:
            self._end(flight)
        elif standing.state == "cancelled":
            self._failed(flight, "interrupted", "somebody else cancelled it on the worker")
        else:
            if standing.failure == "capacity":
                self._out_of_memory(flight)
            self._failed(flight, standing.failure or "permanent", standing.reason)

    def _out_of_memory(self, flight: Flight) -> None:
        """The worker is asked to let go of what it holds; if what was sent after that fails too, it is unhealthy."""
        if self._freed is not None and flight.submitted > self._freed:
            raise Unhealthy("capacity", "the worker ran out of memory again", "look at what else it holds")
        if self._freed is None:
            self.client.free()
            self._freed = time.monotonic()

    def _fetched(self, flight: Flight, ended: Standing | None) -> Mapping[str, Picture]:
        """The pictures of a prompt that is done, or that was forgotten: then a file may be half written. A worker that
        answers and cannot send them is asked a few times.
        """
        template = load(flight.claim.template)
        flight.fetches += 1
        try:
            if ended is None:
                return pictures_left(self.client, template, flight.prompt)
            return pictures_of(self.client, template, ended)
        except (Throttled, Unhealthy):
            flight.fetches -= 1
            raise
        except ComfyError as error:
            is_torn = error.failure == "permanent" and ended is None
            if is_torn or (error.failure == "transport" and flight.fetches >= FETCHES):
                raise ComfyError("lost", "what the worker made cannot be fetched") from None
            raise

    def _take(self, flight: Flight, fetched: Mapping[str, Picture], standing: Standing) -> None:
        """Finish the pictures; they are kept when the round is over."""
        claim = flight.claim
        try:
            data = {name: picture.data for name, picture in fetched.items()}
            made = self.recipes[claim.template, claim.entity].finish(data, claim.shown or {})
        except Exception as error:  # noqa: BLE001 - what cannot be drawn of one client must not stop the others
            self._failed(flight, "permanent", f"drawing failed with {type(error).__name__}")
            return
        self._freed = None
        self.finished.append(Finished(claim, fetched, made, standing.worker_ms, standing.cached))
        self.drop(flight)

    def _failed(self, flight: Flight, failure: FailureClass, reason: str) -> None:
        """End an attempt, and say when the next one may be made; what may still wait or run is cancelled."""
        if flight.stage != "new" and not (flight.is_over or flight.asked):
            with suppress(ComfyError):  # a worker that does not answer has been asked often enough
                self.client.cancel(flight.prompt)
        if flight.unwanted:
            self._end(flight)
            return
        claim, again = flight.claim, next_try(failure, flight.claim.failures + 1)
        self.drop(flight)
        self.endings.append(Ending(claim.job, claim.attempt, "failed", failure, reason, again))
        self.counts["failed" if again is None else "again"] += 1
        if again is not None:
            self.again.append((time.monotonic() + again, claim.job))

    def _end(self, flight: Flight) -> None:
        """Nobody wants it any more, and the worker has let go of it."""
        claim = flight.claim
        event: Literal["cancelled", "stale"] = "stale" if claim.shown is None else "cancelled"
        self.drop(flight)
        self.endings.append(Ending(claim.job, claim.attempt, event))
        self.counts[event] += 1

    def drop(self, flight: Flight) -> None:
        """It is none of ours any more."""
        del self.flights[flight.claim.job]
        self.client.forget(flight.prompt)

    def ask_to_cancel(self, flight: Flight) -> None:
        """Ask for this one prompt; it is over when the worker says so."""
        self.client.cancel(flight.prompt)
        flight.asked = True
        self._step(flight, "cancelling")

    def _step(self, flight: Flight, event: Event) -> None:
        self.steps.append(Step(flight.claim.job, flight.claim.attempt, event, flight.posts))

    def _unheard(self, flight: Flight) -> None:
        """Silence is borne for a while: of the worker, and in the matter of one prompt."""
        now = time.monotonic()
        if now - self._heard > self.limits.silence:
            raise Unhealthy("transport", "the worker does not answer any more", "its jobs are left for the next run")
        if now - flight.heard > self.limits.silence:
            self._failed(flight, "transport", "no answer about the job")
        flight.due = now + UNANSWERED
