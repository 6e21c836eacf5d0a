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
        Level("same", f"{same('joined')} and length(tail_l) + length(tail_r) > 0", 12.5, 14),
        Level("word", same("joined"), 9, 11.5),
        Level("close", f"{close('joined', 0.97, 6)} and {numbers('joined')}", 9, 11),
        Level("longer", "starts_with(name_l, name_r || ' ') or starts_with(name_r, name_l || ' ')", 3, 6),
        Level("stem", same("stem"), -2, 0),
        Level("different", ELSE, -8, -5),
    ),
)
DOMAIN = Comparison(
    "domain",
    differ("domains"),
    (Level("same", share("domains"), 12, 15), Level("different", ELSE, -3, -1)),
)
PHONE = Comparison(
    "phone",
    differ("phones"),
    (Level("same", share("phones"), 9, 12), Level("different", ELSE, -1, -0.3)),
)
PLACE = Comparison(
    "place",
    f"({differ('street')}) and ({differ('city')}) and ({differ('postcode')})",
    (
        Level("street", f"{same('street')} and ({same('postcode')} or {same('city')})", 8, 11),
        Level("postcode", f"{same('postcode')} or {same('street')}", 5, 8),
        Level("city", f"{same('city')} or {alike('city', 0.92)}", 2.5, 4.5),
        Level("different", ELSE, -3, -1),
    ),
)
TAX_ID = Comparison(
    "tax_id",
    differ("tax_id"),
    (Level("same", same("tax_id"), 16, 20), Level("close", typo("tax_id"), 6, 10), Level("different", ELSE, -12, -7)),
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
    training=("l.joined = r.joined", "l.domains[1] = r.domains[1]", "l.phones[1] = r.phones[1]"),
    limits={"domains": 30, "phones": 30, "tax_id": 30},
    guards=(Guard("shared", {"name": ("different", "stem")}, {"domain": ("same",), "tax_id": ("same",)}),),
    contradictions=(Guard("tax_id", {"tax_id": ("different",)}, {}),),
    prior=-12,
    join=0,
    bridge=6,
    review=-4,
    floor=-8,
)
