"""The properties of the unit tests on many more examples than a run of all tests looks at.

Not here: the properties themselves (`tests/unit`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(seed: int) -> dict[str, object]:
    """All properties by one seed: how many, and whether they hold."""
    asked = ["-m", "hypothesis", "--hypothesis-profile", "deep", "--hypothesis-seed", str(seed), "--timeout", "0"]
    command = [sys.executable, "-m", "pytest", "tests/unit", "-q", "-p", "no:cacheprovider", "-n", "2", *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout)
    found = re.search(r"(\d+) passed", done.stdout)
    return {"properties": int(found[1]) if found else 0, "all hold": done.returncode == 0}
