"""An export that changed its shape is told, in words."""

from __future__ import annotations

import pytest

from quality_checks.shape import Shape, differences

USUAL = Shape(100, {"Id": 1.0, "Email": 0.9, "Fax": 0.1})


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (USUAL, []),
        (Shape(100, {"Id": 1.0, "Mail": 0.9, "Fax": 0.1}), ["the column 'Email' is gone", "the column 'Mail' is new"]),
        (
            Shape(100, {**USUAL.fill, "Email": 0.2}),
            ["the column 'Email' is filled in 20% of the rows, where 90% are usual"],
        ),
        (Shape(100, {**USUAL.fill, "Fax": 0.0}), []),
        (Shape(19, {**USUAL.fill, "Email": 0.0}), ["it has 19 rows where 100 are usual"]),
        (Shape(501, USUAL.fill), ["it has 501 rows where 100 are usual"]),
        (Shape(21, USUAL.fill), []),
    ],
)
def test_what_is_not_as_usual(now: Shape, said: list[str]) -> None:
    assert differences(now, [USUAL] * 3) == said


def test_the_first_exports_are_usual() -> None:
    assert differences(Shape(9999, {"Id": 0.0}), []) == []
    assert differences(Shape(9999, {"Id": 0.0}), [Shape(1, {"Id": 1.0})] * 2) == []
    assert differences(Shape(1, {"Id": 1.0}), [Shape(1, {"Id": 1.0, "Name": 1.0})]) == ["the column 'Name' is gone"]
