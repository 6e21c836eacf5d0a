"""Whether a contract says what its reader understands: asked before it enters the log.

Not here: what each contract means (the modules that read one).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from identity import client_rules, signals, survivorship_rules
from identity.contracts import CLIENT360, COMPLETENESS, NAMES, QUALIFICATION, SURVIVORSHIP, canonical
from identity.contracts.forms import bad
from identity.errors import BadInputError

CHECKS: dict[str, Callable[[Any], object]] = {
    SURVIVORSHIP: survivorship_rules.parse,
    QUALIFICATION: signals.parse,
    COMPLETENESS: client_rules.completeness,
    CLIENT360: client_rules.client360,
}


def checked(name: str, text: str) -> str:
    """A contract's YAML as canonical JSON; `unknown_contract`, `bad_contract`."""
    if name not in NAMES:
        raise BadInputError("unknown_contract", f"no contract is called {name}", f"there are {', '.join(NAMES)}")
    made = _canonical(text)
    CHECKS[name](json.loads(made))  # what the log will say, whose names are texts
    return made


def _canonical(text: str) -> str:
    try:
        made = canonical(yaml.safe_load(text))
        made.encode()
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        raise bad(f"it is no YAML{f' at line {where.line + 1}' if where else ''}") from None
    except (TypeError, ValueError, RecursionError):  # a date, a number that is none, names that do not sort
        raise bad("it holds something that is no text, number, list or table") from None
    return made
