"""A lane: one worker and its share of the jobs, a few of them in flight, driven by one loop that polls.

Whatever happens is written down before the lane goes on, and each job that it holds is its own only while its lease
lasts. Whoever terminates the run has the lane's prompts cancelled, and no other. A lane that cannot go on lets go of
its jobs as they are; another finds them by their prompt ids.

Not here: the rows (`resources.enriching.book`), one prompt's clock (`resources.comfy.flight`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from identity.errors import VelocityError
from resources.comfy.client import LIMITS, ComfyClient, Limits
from resources.comfy.dispatch import Picture, folder_of, pictures_left, pictures_of
from resources.comfy.failures import ComfyError, FailureClass
from resources.comfy.flight import FIRST_POLL, Flight
from resources.comfy.standing import UNKNOWN, Standing
from resources.comfy.template import load
from resources.enriching.accepting import Finished, accept
from resources.enriching.book import Book, Claim, Ending, Event, Step
from resources.enriching.retrying import next_try

POSTS = 4  # how often a prompt is sent where no answer comes
FETCHES = 4  # how often pictures are asked for that the worker cannot send
UNANSWERED = 0.5  # seconds until an unanswered prompt is looked up and, if need be, sent again
HOLD = 1.0  # seconds between two renewals of the lease, in which cancellations are heard
GRACE = 8.0  # seconds that a terminated lane waits for the worker to let go
TOLD = 15.0  # seconds between two lines of progress
LONGEST_REST = 0.25  # seconds


@dataclass(frozen=True, slots=True)
class Pace:
    """How many prompts are in flight, how long anything may take, and how many seconds a lane waits for a next try."""

    in_flight: int = 8
    limits: Limits = LIMITS
    patience: float = 30.0


class Unhealthy(ComfyError):
    """The worker is of no use for any job."""


class Lane:
    """Makes the pictures of jobs. `tell` is given a line of progress now and then."""

    def __init__(self, client: ComfyClient, book: Book, pace: Pace, tell: Callable[[str], None]) -> None:
        self.client, self.book, self.pace, self.tell = client, book, pace, tell
        self.counts: Counter[str] = Counter()
        self._flights: dict[str, Flight] = {}  # by job
        self._finished: list[Finished] = []
        self._waiting: list[tuple[float, str]] = []  # when, job
        self._steps: list[Step] = []
        self._endings: list[Ending] = []
        self._heard = self._held = self._told = time.monotonic()
        self._freed: float | None = None  # when the worker was asked to, since which nothing has come of it

    def run(self, jobs: Iterable[str]) -> Counter[str]:
        """Work until all jobs have ended, or are to be tried only later; how many ended how.

        `Unhealthy` where the worker is gone or runs out of memory again: the jobs are left as they are.
        """
        jobs = list(jobs)
        try:
            self._begin(self.book.take_over(jobs))
            self._waiting = [(0.0, job) for job in jobs if job not in self._flights]
            while self._flights or self._finished or self._waiting:
                self._fill()
                self._round()
                self._settle()
                self._rest()
        except Exception:
            with suppress(VelocityError):
                self._let_go()
            raise
        except BaseException:  # the run is terminated
            self._cancel_all()
            raise
        self.tell(self._words())
        return self.counts

    def _begin(self, claims: Iterable[Claim]) -> None:
        now = time.monotonic()
        for claim in claims:
            flight = Flight(claim, now, unwanted=claim.unwanted or claim.shown is None)
            if claim.resumed:
                flight.stage = "waiting"
            self._flights[claim.job] = flight

    def _fill(self) -> None:
        """Begin as many jobs as have room."""
        now, room = time.monotonic(), self.pace.in_flight - len(self._flights) - len(self._finished)
        ready = [entry for entry in self._waiting if entry[0] <= now][: max(0, room)]
        if ready:
            self._waiting = [entry for entry in self._waiting if entry not in ready]
            claims = self.book.claim([job for _, job in ready])
            self._begin(claim for claim in claims if claim.shown is not None)
            self.counts["stale"] += sum(claim.shown is None for claim in claims)

    def _round(self) -> None:
        """Look at every prompt that is due. Where the worker does not answer, the others wait for the next round."""
        for job, flight in list(self._flights.items()):
            now = time.monotonic()
            if flight.due > now:
                continue
            try:
                self._look(flight)
            except Unhealthy:
                raise
            except ComfyError as error:
                if error.failure == "transport":
                    self._flights[job] = self._flights.pop(job)  # another is asked first next time
                    self._unheard(flight)
                    return
                self._failed(flight, error.failure, error.message)

    def _unheard(self, flight: Flight) -> None:
        """Silence is borne for a while: of the worker, and in the matter of one prompt."""
        now = time.monotonic()
        if now - self._heard > self.pace.limits.silence:
            raise Unhealthy("transport", "the worker does not answer any more", "its jobs are left for the next run")
        if now - flight.heard > self.pace.limits.silence:
            self._failed(flight, "transport", "no answer about the job")
        flight.due = now + UNANSWERED

    def _look(self, flight: Flight) -> None:
        if flight.stage == "new":
            self._post(flight)
            return
        if flight.unwanted and not flight.asked:
            self._ask_to_cancel(flight)
        standing = self.client.standing(flight.prompt)
        now = self._heard = flight.heard = time.monotonic()
        if standing.has_ended:
            self._ended(flight, standing)
        elif standing == UNKNOWN:
            self._unknown(flight)
        else:
            self._goes_on(flight, standing, now)

    def _post(self, flight: Flight) -> None:
        """Send the graph; without an answer nobody knows whether it is queued."""
        if flight.unwanted:
            self._end(flight, "cancelled")
            return
        claim, flight.posts, flight.stage = flight.claim, flight.posts + 1, "unsure"
        graph = load(claim.template).bind(claim.parameters, folder_of(claim.prompt_id))
        try:
            self.client.post(graph, claim.prompt_id)
        except ComfyError as error:
            if error.failure == "transport":
                self._step(flight, "unanswered")
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
        overdue = None if flight.asked else flight.overdue(self.pace.limits, now)
        if overdue:
            self.client.cancel(flight.prompt)
            self._failed(flight, "capacity", f"the job {overdue}")
        flight.later(now)

    def _unknown(self, flight: Flight) -> None:
        """A prompt that the worker does not know: cancelled while it waited, never arrived, or forgotten."""
        if flight.unwanted:
            self._end(flight, "cancelled")
        elif flight.stage != "unsure":
            if not flight.fetches:
                self._step(flight, "lost")
            self._take(flight, self._fetched(flight, None), UNKNOWN)
        elif flight.posts < POSTS:
            self._post(flight)
        else:
            self._failed(flight, "transport", "no submission was answered")

    def _ended(self, flight: Flight, standing: Standing) -> None:
        if standing.state == "done" and flight.claim.shown is not None:
            self._take(flight, self._fetched(flight, standing), standing)
        elif flight.unwanted:
            self._end(flight, "cancelled")
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
            made = self.book.recipes[claim.template, claim.entity].finish(data, claim.shown or {})
        except Exception as error:  # noqa: BLE001 - what cannot be drawn of one client must not stop the others
            self._failed(flight, "permanent", f"drawing failed with {type(error).__name__}")
            return
        self._freed = None
        self._finished.append(Finished(claim, fetched, made, standing.worker_ms, standing.cached))
        del self._flights[claim.job]

    def _failed(self, flight: Flight, failure: FailureClass, reason: str) -> None:
        """End an attempt; the lane itself makes the next one if that is soon."""
        if flight.unwanted:
            self._end(flight, "cancelled")
            return
        claim, again = flight.claim, next_try(failure, flight.claim.attempt)
        del self._flights[claim.job]
        self._endings.append(Ending(claim.job, claim.attempt, "failed", failure, reason, again))
        self.counts["failed" if again is None else "again"] += 1
        if again is not None and again <= self.pace.patience:
            self._waiting.append((time.monotonic() + again, claim.job))

    def _end(self, flight: Flight, how: Literal["cancelled"]) -> None:
        claim = flight.claim
        event: Literal["cancelled", "stale"] = how if claim.shown is not None else "stale"
        del self._flights[claim.job]
        self._endings.append(Ending(claim.job, claim.attempt, event))
        self.counts[event] += 1

    def _ask_to_cancel(self, flight: Flight) -> None:
        """Ask for this one prompt; it is over when the worker says so."""
        self.client.cancel(flight.prompt)
        flight.asked = True
        self._step(flight, "cancelling")

    def _step(self, flight: Flight, event: Event) -> None:
        self._steps.append(Step(flight.claim.job, flight.claim.attempt, event, flight.posts))

    def _settle(self) -> None:
        """Write down what happened in this round, and keep what is finished."""
        self.book.write(self._steps, self._endings)
        self._steps, self._endings = [], []
        kept, self._finished = accept(self.book, self._finished)
        self.counts["done"] += kept

    def _rest(self) -> None:
        """Until something is due or the worker hints at a prompt; the lease is renewed and progress told meanwhile."""
        now = time.monotonic()
        if now - self._held >= HOLD:
            self._hold(now)
        if now - self._told >= TOLD:
            self._told = now
            self.tell(self._words())
        room = len(self._flights) + len(self._finished) < self.pace.in_flight
        due = [*(f.due for f in self._flights.values()), *(at for at, _ in self._waiting if room)]
        pause = min(LONGEST_REST, max(0.0, min(due, default=now + LONGEST_REST) - now))
        told = self.client.pause([flight.prompt for flight in self._flights.values()], pause)
        for flight in self._flights.values():
            if flight.prompt in told:
                flight.soon(now)

    def _hold(self, now: float) -> None:
        """Keep the lease. Jobs that another lane has taken over, or that are erased, are none of ours any more."""
        self._held = now
        held = self.book.renew([*self._flights, *(one.claim.job for one in self._finished)])
        for job, flight in list(self._flights.items()):
            if job not in held:
                del self._flights[job]
            elif held[job] and not flight.unwanted:
                flight.unwanted = True
                flight.soon(now)

    def _let_go(self) -> None:
        self._settle()
        self.book.release([*self._flights, *(one.claim.job for one in self._finished)])

    def _cancel_all(self) -> None:
        """Cancel what is in flight, and wait a while for the worker to say that it let go."""
        until = time.monotonic() + GRACE
        self._waiting = []
        for flight in self._flights.values():
            flight.unwanted = True
            flight.soon(until - GRACE)
        with suppress(VelocityError):
            for flight in list(self._flights.values()):
                if flight.stage != "new" and not flight.asked:
                    self._ask_to_cancel(flight)
        with suppress(VelocityError):
            while self._flights and time.monotonic() < until:
                self._round()
                self._settle()
                time.sleep(FIRST_POLL)
            self._let_go()

    def _words(self) -> str:
        ended = ", ".join(f"{count} {how}" for how, count in sorted(self.counts.items()) if count)
        return f"{ended or 'nothing ended yet'}; {len(self._flights)} in flight, {len(self._waiting)} waiting"
