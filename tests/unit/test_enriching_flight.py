"""Which deadline of a prompt is over, and when it is looked at again."""

from __future__ import annotations

import pytest

from resources.comfy.client import Limits
from resources.enriching.book import Claim
from resources.enriching.flight import Flight

LIMITS = Limits(queue=10, run=20, still=6, total=50, silence=5)
CLAIM = Claim("job", 1, "prompt", "client_card", "contact", "0" * 64, {}, {})


@pytest.mark.parametrize(
    ("submitted", "running", "still", "now", "said"),
    [
        (100.0, None, None, 110.0, None),
        (100.0, None, 9.0, 110.5, "waited too long in the queue"),
        (100.0, 109.0, None, 129.0, None),
        (100.0, 109.0, 6.0, 129.0, None),
        (100.0, 109.0, 6.5, 129.0, "made no progress"),
        (100.0, 109.0, None, 129.5, "ran too long"),
        (148.0, 149.0, None, 150.5, "took too long in all"),
    ],
)
def test_each_deadline_is_told_when_it_is_over(
    submitted: float, running: float | None, still: float | None, now: float, said: str | None
) -> None:
    flight = Flight(CLAIM, 100.0, running=running)
    flight.submitted = submitted
    assert flight.overdue(LIMITS, now, still) == said


def test_each_look_comes_later_and_none_after_more_than_a_second() -> None:
    flight, looks = Flight(CLAIM, 0.0), []
    for _ in range(40):
        flight.later(0.0)
        looks.append(flight.due)
    assert looks[0] == 0.05
    assert looks == sorted(looks)
    assert looks[-1] == 1.0
    flight.soon(7.0)
    assert (flight.due, flight.pause) == (7.0, 0.05)
