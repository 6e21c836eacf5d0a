"""Content keys, computed by Postgres over whole tables: what a recipe would make of a client, as one hash.

A key is SHA-256 over the mark of the recipe and the client's fields that matter. The name of a job follows from
template, client and key, so the same artefact is never wanted twice.

Not here: which clients want something (`resources.enriching.planning`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.comfy.recipes import Recipe

PROBES = ("0" * 64, "5" * 64, "a" * 64)  # content keys; what a recipe makes of them tells it from what it was before
OLDEST_WAY = "1"  # of computing keys


@cache
def mark(recipe: Recipe) -> str:
    """Hex digits that change with template and parameters."""
    from resources.comfy.template import load  # noqa: PLC0415 - loads with its one user

    said = [OLDEST_WAY, load(recipe.template).version, recipe.entity, [recipe.parameters(probe) for probe in PROBES]]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def key_of(recipe: Recipe) -> str:
    """SQL: the content key of a row `c` of the recipe's `<entity>_360`."""
    fields = ", ".join(f"c.{name}" for name in recipe.fields)
    return _sha256(f"jsonb_build_array('{mark(recipe)}', {fields})::text")


def job_of(recipe: Recipe) -> str:
    """SQL: the name of the job that such a row wants."""
    of_client = _sha256(f"c.canonical_id || ' ' || {key_of(recipe)}")
    return f"'{recipe.template}-' || left({of_client}, 20)"


def _sha256(text: str) -> str:
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def named(recipes: Iterable[Recipe]) -> dict[tuple[str, str], Recipe]:
    """Recipes by template and entity."""
    return {(recipe.template, recipe.entity): recipe for recipe in recipes}


def is_of(recipe: Recipe) -> str:
    """SQL: whether a job `j` is of the recipe."""
    return f"j.template = '{recipe.template}' and j.entity = '{recipe.entity}'"
