"""A lane: one worker and its share of the jobs, a few of them in flight, driven by one loop that polls.

Whatever happens is written down before the lane goes on, and each job that it holds is its own only while its lease
lasts. Whoever terminates the run has the lane's prompts cancelled, and no other. A lane that cannot go on lets go of
its jobs as they are; another finds them by their prompt ids.

Not here: the rows (`resources.enriching.book`), what becomes of a prompt (`resources.enriching.prompts`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from identity.errors import VelocityError
from resources.comfy.client import LIMITS, ComfyClient, Limits
from resources.enriching.accepting import accept
from resources.enriching.book import Book, Claim
from resources.enriching.flight import FIRST_POLL, Flight, Stage
from resources.enriching.prompts import Prompts

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


class Lane:
    """Makes the artefacts of jobs. `tell` is given a line of progress now and then."""

    def __init__(self, client: ComfyClient, book: Book, pace: Pace, tell: Callable[[str], None]) -> None:
        self.client, self.book, self.pace, self.tell = client, book, pace, tell
        self.prompts = Prompts(client, book.recipes, pace.limits)
        self._waiting: list[tuple[float, str]] = []  # from when on, job
        self._left: set[str] = set()  # of these nothing is begun
        self._held = self._told = time.monotonic()

    def run(self, jobs: Iterable[str], left: Iterable[str] = ()) -> Counter[str]:
        """Work until all jobs have ended, or are to be tried only later; how many ended how. `left`: jobs of a crash
        whose attempts are ended here and that are tried again only elsewhere.

        `Unhealthy` where the worker is gone or runs out of memory again: the jobs are left as they are.
        """
        jobs, self._left = list(jobs), set(left)
        try:
            self._begin(self.book.take_over([*jobs, *self._left]))
            self._waiting = [(0.0, job) for job in jobs if job not in self.prompts.flights]
            while self._held_jobs() or self._waiting:
                self._fill()
                self.prompts.round()
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
        return self.prompts.counts

    def _held_jobs(self) -> list[str]:
        return [*self.prompts.flights, *(one.claim.job for one in self.prompts.finished)]

    def _begin(self, claims: Iterable[Claim]) -> None:
        now = time.monotonic()
        for claim in claims:
            stage: Stage = "waiting" if claim.resumed else "new"
            unwanted = claim.unwanted or claim.shown is None
            self.prompts.flights[claim.job] = Flight(claim, now, stage, unwanted=unwanted)

    def _fill(self) -> None:
        """Begin as many jobs as have room."""
        now, room = time.monotonic(), self.pace.in_flight - len(self._held_jobs())
        ready = [entry for entry in self._waiting if entry[0] <= now][: max(0, room)]
        if ready:
            self._waiting = [entry for entry in self._waiting if entry not in ready]
            claims = self.book.claim([job for _, job in ready])
            self._begin(claim for claim in claims if claim.shown is not None)
            self.prompts.counts["stale"] += sum(claim.shown is None for claim in claims)

    def _settle(self) -> None:
        """Write down what happened in this round, and keep what is finished."""
        prompts = self.prompts
        self.book.write(prompts.steps, prompts.endings)
        prompts.steps, prompts.endings = [], []
        kept, prompts.finished = accept(self.book, prompts.finished)
        prompts.counts["done"] += kept
        soon = time.monotonic() + self.pace.patience
        self._waiting += [(at, job) for at, job in prompts.again if at <= soon and job not in self._left]
        prompts.again = []

    def _rest(self) -> None:
        """Until something is due or the worker hints at a prompt; the lease is renewed and progress told meanwhile."""
        now = time.monotonic()
        if now - self._held >= HOLD:
            self._hold(now)
        if now - self._told >= TOLD:
            self._told = now
            self.tell(self._words())
        flights = list(self.prompts.flights.values())
        room = len(self._held_jobs()) < self.pace.in_flight
        due = [*(flight.due for flight in flights), *(at for at, _ in self._waiting if room)]
        pause = min(LONGEST_REST, max(0.0, min(due, default=now + LONGEST_REST) - now))
        told = self.client.pause([flight.prompt for flight in flights], pause)
        for flight in flights:
            if flight.prompt in told:
                flight.soon(now)

    def _hold(self, now: float) -> None:
        """Keep the lease. Jobs that another lane has taken over, or that are erased, are none of ours any more."""
        self._held = now
        held = self.book.renew(self._held_jobs())
        for job, flight in list(self.prompts.flights.items()):
            if job not in held:
                self.prompts.drop(flight)
            elif held[job] and not flight.unwanted:
                flight.unwanted = True
                flight.soon(now)

    def _let_go(self) -> None:
        self._settle()
        self.book.release(self._held_jobs())

    def _cancel_all(self) -> None:
        """Cancel what is in flight, and wait a while for the worker to say that it let go."""
        now, flights = time.monotonic(), list(self.prompts.flights.values())
        for flight in flights:
            flight.unwanted = True
            flight.soon(now)
        with suppress(VelocityError):
            for flight in flights:
                if flight.stage != "new" and not flight.asked:
                    self.prompts.ask_to_cancel(flight)
        with suppress(VelocityError):
            while self.prompts.flights and time.monotonic() < now + GRACE:
                self.prompts.round()
                self._settle()
                time.sleep(FIRST_POLL)
            self._let_go()

    def _words(self) -> str:
        ended = ", ".join(f"{count} {how}" for how, count in sorted(self.prompts.counts.items()) if count)
        return f"{ended or 'nothing ended yet'}; {len(self.prompts.flights)} in flight, {len(self._waiting)} waiting"
