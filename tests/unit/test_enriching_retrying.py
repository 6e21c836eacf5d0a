"""How often a class of failure is tried again, and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resources.enriching.retrying import LONGEST, MOST, next_try


def test_what_fails_again_is_not_tried_again() -> None:
    assert [next_try(failure, 1) for failure in ("permanent", "cancelled")] == [None, None]


def test_each_next_try_comes_later_and_there_is_a_last_one() -> None:
    assert [next_try("lost", attempts) for attempts in range(1, 7)] == [0.5, 1.0, 2.0, 4.0, 8.0, None]
    assert [next_try("capacity", attempts) for attempts in range(1, 4)] == [5.0, 10.0, None]


@given(st.sampled_from(sorted(MOST)), st.integers(1, 1000))
def test_a_next_try_is_bounded(failure: str, attempts: int) -> None:
    pause = next_try(failure, attempts)
    assert pause is None if attempts >= MOST[failure] else pause is not None and 0 < pause <= LONGEST
