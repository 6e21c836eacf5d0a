"""How many examples a costly property looks at: few in a run of all tests, many where `make soak` asks for them."""

from __future__ import annotations

from hypothesis import settings

DEEPER = 20  # times as many


def examples(count: int) -> settings:
    """So many, or `DEEPER` times as many under `--hypothesis-profile deep`."""
    deep = settings.get_current_profile_name() == "deep"
    return settings(max_examples=count * DEEPER if deep else count, deadline=None)
