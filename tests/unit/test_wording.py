"""A client-360 in words, on a literal one."""

from __future__ import annotations

import inspect
import re
from typing import Any

from identity import completeness
from resources import views
from velocity_pipelines.wording import REASONS, words

ANN: dict[str, Any] = {
    "asked": "c_0", "state": "live", "entity": "contact", "canonical_id": "c_1", "forwarded_to": "c_1", "version": 3,
    "display_name": "Ann Lee", "primary_email": "ann@example.com", "owner": None,
    "open_count": 1, "won_count": 0, "lost_count": 0, "overdue_count": 1, "overdue_since": "2026-02-01",
    "pipeline": {"by_currency": [{"status": None, "currency": "EUR", "count": 1, "amount": "5.5"}]},
    "activity_count": 2, "last_activity_at": None, "last_7_days": 0, "last_30_days": 1, "last_90_days": 2,
    "health": {"missing": ["title"], "invalid": [], "conflicts": [{"field": "city", "values": 2}], "doubtful_pairs": 1},
    "qualification": {"score": 35, "fit": 25, "signals": [
        {"name": "decision_maker", "kind": "fit", "points": 25, "until": None, "running": True,
         "evidence": ["crm:contact:1"], "evidence_count": 3},
        {"name": "touched", "kind": "intent", "points": 10, "until": "2026-03-31T00:00:00.000000Z", "running": False,
         "evidence": ["crm:activity:7"], "evidence_count": 1}]},
    "completeness_state": "partial",
    "completeness": {
        "profile": {"state": "complete", "reasons": []},
        "engagement": {"state": "partial", "reasons": [
            {"reason": "overdue", "since": "2026-06-08T12:00:00.000000Z", "source": "crm"},
            {"reason": "nothing_received", "since": None, "source": "shop"}]},
    },
    "evidence": [{"key": "crm:contact:1", "line": 2, "file": "a.csv"}],
    "rows": [{"key": "crm:activity:7", "line": 9, "file": "b.csv"}],
    "enrichment": [{"template": "client_card", "state": "planned", "sha256": None}],
}  # fmt: skip


def test_everything_that_matters_is_said() -> None:
    said = [line.strip() for line in words(ANN).splitlines()]
    assert said == [
        "Ann Lee  (contact c_1)", "version          3", "asked for c_0, which was merged into this one",
        "primary email    ann@example.com", "pipeline         1 open, 0 won, 0 lost", "1 unclear: 5.5 EUR",
        "overdue          1 open deals, since 2026-02-01", "activities       2, last never",
        "0 in 7 days, 1 in 30 days, 2 in 90 days", "missing          title", "records differ   city (2)",
        "in doubt         1 pairs; see `velocity review list`", "score            35 of 100, 25 of it fit",
        "+25 decision_maker (fit): crm:contact:1, 2 more",
        "+10 touched (intent, until 2026-03-31, lapsed): crm:activity:7", "it is            partial",
        "engagement of crm: a file is overdue, since 2026-06-08", "engagement of shop: it never sent any",
        "from             crm:contact:1, line 2 of a.csv", "score from       crm:activity:7, line 9 of b.csv",
        "picture          client_card planned",
    ]  # fmt: skip


def test_one_that_is_gone_is_said_to_be() -> None:
    assert words({"asked": "contact:c_9", "state": "gone", "deleted": []}) == "contact:c_9 is gone"


def test_every_reason_that_a_section_may_give_has_words() -> None:
    facts = re.findall(r'"(\w+_(?:received|unknown))"', inspect.getsource(completeness))
    live = re.findall(r"'(\w+)', (?:s\.|case)|'(enrichment_\w+)'", views.reasons() + views.undone())
    said = {*facts, *(name for pair in live for name in pair if name)}
    assert {"amount_unknown", "overdue", "rows_rejected", "enrichment_failed"} <= said
    assert said == set(REASONS)
