"""An epoch as one panel of text: what was chosen and why, level by level, each weight as a bar.

Not here: the facts (`velocity_pipelines.modelling.show`).
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from velocity_pipelines.cli.output import table

HALF = 15  # characters of a bar on each side
WIDEST = 15_000  # thousandths of a bit that fill one


def panel(found: dict[str, Any]) -> str:
    """The panel of what `velocity_pipelines.modelling.show` gives."""
    state = "in force" if found["active"] else "not in force"
    learned = sum(level["learned"] for level in found["levels"])
    lines = [
        f"{found['epoch']}, {state}",
        f"  trained on {found['records']:,} records and {found['pairs']:,} pairs: {found['source']}",
        f"  {learned} of {len(found['levels'])} levels learned; the others weigh what people think",
        f"  records that are compared begin with {_bits(found['prior'])} bits",
        "  " + ", ".join(f"{name} {_bits(bits)}" for name, bits in found["thresholds"].items()),
        f"  guards: {', '.join(found['guards']) or 'none'}",
        f"  counted values: {', '.join(f'{n:,} of {column}' for column, n in found['counted'].items()) or 'none'}",
        "",
    ]
    for name, levels in groupby(found["levels"], key=lambda level: level["comparison"]):
        lines += [name, *("  " + row for row in table([_row(level) for level in levels]).splitlines())]
    lines += [
        "",
        f"compared for; {found['blocking_loss']:.2%} of what joins in all blocks of the model is beyond these",
    ]
    return "\n".join(
        [*lines, *("  " + row for row in table([_block(block) for block in found["blocks"]]).splitlines())]
    )


def _block(block: dict[str, Any]) -> list[str]:
    why = f"{block['pairs']:,} pairs, {block['matches']:,} matches among them"
    return [" + ".join(block["features"]), f"at most {block['cap']} records", why]


def _row(level: dict[str, Any]) -> list[str]:
    why = f"{level['m']:.2%} of matches, {level['u']:.2%} of others, {level['pairs']:,} pairs"
    return [level["level"], _bar(level["bits"]), _bits(level["bits"]), why if level["learned"] else "assumed"]


def _bar(bits: int) -> str:
    """Against a match to the left of the middle, for one to the right."""
    length = min(HALF, round(HALF * abs(bits) / WIDEST))
    left, right = (length, 0) if bits < 0 else (0, length)
    return " " * (HALF - left) + "█" * left + "│" + "█" * right + " " * (HALF - right)


def _bits(thousandths: int) -> str:
    return f"{thousandths / 1000:+.2f}"
