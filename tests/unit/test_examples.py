"""Costly properties look at few examples in a run of all tests, and at many where that is asked for."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.examples import DEEPER, examples


@pytest.mark.parametrize(("profile", "times"), [("quick", 1), ("deep", DEEPER)])
def test_so_many_examples_or_many_times_as_many(profile: str, times: int) -> None:
    before = settings.get_current_profile_name()
    settings.load_profile(profile)
    try:
        assert examples(7).max_examples == 7 * times
    finally:
        settings.load_profile(before)
