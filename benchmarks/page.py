"""`docs/benchmarks.md`, a part at a time: each measure writes its own table and leaves the others as they are."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROWS_A_CONTACT = 1.62  # of invented exports
PAGE = HERE.parent / "docs" / "benchmarks.md"


def put(part: str, lines: list[str]) -> None:
    """Write a part of the page in place of what it was, or at the end."""
    machine = f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}."
    text = "\n".join([f"<!-- {part} -->", *lines, "", machine, f"<!-- /{part} -->"])
    page = PAGE.read_text("utf-8")
    found = re.compile(rf"<!-- {part} -->.*?<!-- /{part} -->", re.DOTALL)
    page = found.sub(lambda _: text, page) if found.search(page) else f"{page.rstrip()}\n\n{text}\n"
    PAGE.write_text(page, "utf-8")


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    """A Markdown table; all but the first column to the right."""
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    rule = "| --- |" + " ---: |" * (len(head) - 1)
    return [f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(row)} |" for row in shown)]


def told(script: str, *arguments: str | Path) -> dict[str, Any]:
    """The JSON line that a benchmark ends with, run in a process of its own."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
