"""What is made of whom: which template for which entity, from which of its fields, and how its pictures are finished.

Not here: which clients want one (`resources.enriching`), graphs (`resources/comfy/templates`), drawing
(`resources.comfy.card`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from identity.fields import Entity
from resources.comfy.card import draw_card


@dataclass(frozen=True)
class Recipe:
    """One kind of artefact.

    `parameters` makes typed parameters of the graph from a content key, never from names or texts of clients; `finish`
    makes artefacts (bytes of PNG or JSON by name) from the fetched PNGs by output name and the fields of the client.
    """

    template: str
    entity: Entity
    fields: tuple[str, ...]
    priority: int
    parameters: Callable[[str], dict[str, Any]]
    finish: Callable[[Mapping[str, bytes], Mapping[str, Any]], Mapping[str, bytes]]


ACCENTS = (0x38BDF8, 0x34D399, 0xFBBF24, 0xF472B6, 0xA78BFA)


def _colours(content_key: str) -> dict[str, Any]:
    return {"background": 0x0F172A, "panel": 0x1E293B, "accent": ACCENTS[int(content_key[:8], 16) % len(ACCENTS)]}


def _card(fetched: Mapping[str, bytes], shown: Mapping[str, Any]) -> dict[str, bytes]:
    owner = shown["owner"] and f"Owner: {shown['owner']}"
    deals = f"{shown['open_count']} open, {shown['won_count']} won"
    lines = [line for line in (shown["account_name"], shown["lifecycle_stage"], owner, deals) if line]
    return {"card": draw_card(fetched["card"], shown["display_name"] or "(no name)", lines)}


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        template="client_card",
        entity="contact",
        fields=("display_name", "account_name", "lifecycle_stage", "owner", "open_count", "won_count"),
        priority=10,
        parameters=_colours,
        finish=_card,
    ),
)
