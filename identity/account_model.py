"""The model of accounts.

Not here: its trained weights (`identity.epoch`), and the legal forms its features drop (`identity.words`).
"""

from __future__ import annotations

from identity.model import (
    ELSE,
    Block,
    Comparison,
    Guard,
    Level,
    Model,
    alike,
    close,
    differ,
    numbers,
    same,
    share,
    typo,
)

NAME = Comparison(
    "name",
    differ("name"),
    (
        Level("same", f"{same('joined')} and length(tail_l) + length(tail_r) > 0", 6.5),
        Level("word", same("joined"), 5),
        Level("close", f"{close('joined', 0.97, 6)} and {numbers('joined')}", 5),
        Level("longer", "starts_with(name_l, name_r || ' ') or starts_with(name_r, name_l || ' ')", 2),
        Level("stem", same("stem"), -0.5),
        Level("different", ELSE, -3),
    ),
)
DOMAIN = Comparison(
    "domain",
    differ("domains"),
    (Level("same", share("domains"), 7), Level("different", ELSE, -1)),
)
PHONE = Comparison(
    "phone",
    differ("phones"),
    (Level("same", share("phones"), 5), Level("different", ELSE, -0.5)),
)
PLACE = Comparison(
    "place",
    f"({differ('street')}) and ({differ('city')}) and ({differ('postcode')})",
    (
        Level("street", f"{same('street')} and ({same('postcode')} or {same('city')})", 5),
        Level("postcode", f"{same('postcode')} or {same('street')}", 3),
        Level("city", f"{same('city')} or {alike('city', 0.92)}", 2),
        Level("different", ELSE, -1),
    ),
)
TAX_ID = Comparison(
    "tax_id",
    differ("tax_id"),
    (Level("same", same("tax_id"), 9), Level("close", typo("tax_id"), 4), Level("different", ELSE, -5)),
)

ACCOUNT = Model(
    entity="account",
    comparisons=(NAME, DOMAIN, PHONE, PLACE, TAX_ID),
    blocks=(
        Block(("domains",)),
        Block(("phones",)),
        Block(("tax_id",)),
        Block(("name",)),
        Block(("joined",)),
        Block(("stem", "city")),
        Block(("stem", "postcode")),
        Block(("head", "tail")),
        Block(("tail", "city"), cap=50),
        Block(("street", "city")),
    ),
    limits={"domains": 30, "phones": 30, "tax_id": 30},
    rarities=(),
    guards=(Guard("shared", {"name": ("different", "stem")}, {"domain": ("same",), "tax_id": ("same",)}),),
    join=0,
    hold=-2,
    review=-4,
    floor=-6,
    guarded=-20,
)
