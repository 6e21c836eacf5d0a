"""Recipes of pictures: which template a client's picture is made by, from what, and what is drawn on it afterwards.

What a worker gets follows from the content key alone: colours, and an emblem. Names, and initials as well, are drawn on
what it made. Logos of accounts are in no source today: what `logo_upscale` enlarges is an emblem of ours.

Not here: whose pictures are wanted (`resources.enriching`), the graphs (`templates/`), the pens (`card`, `avatar`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from identity.fields import Entity
from resources.comfy.avatar import draw_avatar
from resources.comfy.card import draw_card
from resources.comfy.emblem import draw_emblem
from resources.comfy.palette import GROUND, PANEL, accent
from resources.comfy.picture import Picture, opened
from resources.comfy.upload import Upload

Fetched = Mapping[str, bytes]  # PNG by output
Pictures = Mapping[str, Picture]  # by artefact
Row = Mapping[str, Any]  # the fields of a recipe


@dataclass(frozen=True)
class Recipe:
    """One kind of picture of one entity."""

    template: str  # name of a shipped template
    entity: Entity
    fields: tuple[str, ...]  # columns of <entity>_360 that matter: the content key is over these
    priority: int  # lower is earlier
    parameters: Callable[[str], dict[str, Any]]  # content key (hexadecimal) -> parameters of the template
    finish: Callable[[Fetched, Row], Pictures]  # what was fetched -> artefacts


def _card_colours(key: str) -> dict[str, Any]:
    return {"background": GROUND, "panel": PANEL, "accent": accent(key)}


def _card(fetched: Fetched, row: Row) -> Pictures:
    owner = row["owner"] and f"Owner: {row['owner']}"
    lines = [row["account_name"], row["lifecycle_stage"], owner, f"{row['open_count']} open, {row['won_count']} won"]
    return {"card": draw_card(fetched["card"], row["display_name"] or "(no name)", [line for line in lines if line])}


def _avatar_colours(key: str) -> dict[str, Any]:
    return {"field": PANEL, "frame": accent(key)}


def _avatars(fetched: Fetched, row: Row) -> Pictures:
    return {name: draw_avatar(picture, row["display_name"] or "") for name, picture in fetched.items()}


def _emblem(key: str) -> dict[str, Any]:
    return {"image": Upload(draw_emblem(key)), "longer_side": 1024}


def _enlarged(fetched: Fetched, _row: Row) -> Pictures:
    return {"emblem": Picture.of(opened(fetched["logo"]))}


SHOWN = ("display_name", "account_name", "lifecycle_stage", "owner", "open_count", "won_count")
RECIPES: tuple[Recipe, ...] = (
    Recipe("client_card", "contact", SHOWN, 10, _card_colours, _card),
    Recipe("avatar_pack", "contact", ("display_name",), 20, _avatar_colours, _avatars),
    Recipe("avatar_pack", "account", ("display_name",), 20, _avatar_colours, _avatars),
    Recipe("logo_upscale", "account", ("canonical_id",), 30, _emblem, _enlarged),
)
