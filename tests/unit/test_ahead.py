"""What is made ahead of its use is the same in the same order, and one step ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ahead import ahead


@given(st.lists(st.integers()))
def test_the_parts_are_the_same_in_the_same_order(parts: list[int]) -> None:
    with ahead(iter(parts)) as made:
        assert list(made) == parts


def test_the_next_part_is_made_while_the_last_one_is_used() -> None:
    made = [threading.Event() for _ in range(3)]

    def parts() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    with ahead(parts()) as numbers:
        for number in numbers:
            assert number == 2 or made[number + 1].wait(10)


def test_what_goes_wrong_in_the_making_is_raised_where_it_is_used() -> None:
    def parts() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with ahead(parts()) as made:
        assert next(made) == 1
        with pytest.raises(ValueError, match="broken"):
            next(made)


def test_the_thread_ends_with_the_block_though_not_all_was_used() -> None:
    before = threading.active_count()
    with ahead(iter(range(5))) as made:
        assert next(made) == 0
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
