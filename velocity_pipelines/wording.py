"""A client-360 in words: who it is, what goes on, what speaks for it, and what is known to be missing.

Not here: the facts (`velocity_pipelines.showing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from velocity_pipelines import deleted

HEAD = ("primary_email", "primary_domain", "primary_phone", "title", "account_name", "domain", "industry", "city",
        "country", "lifecycle_stage", "owner")  # fmt: skip
REASONS = {
    "account_not_received": "it refers to an account that has not arrived",
    "amount_unknown": "deals without amount or currency",
    "enrichment_failed": "a picture could not be made",
    "enrichment_pending": "a picture is still to be made",
    "not_published": "a file was taken in and is not shown: its import runs still, or failed",
    "nothing_received": "it never sent any",
    "overdue": "a file is overdue",
    "rows_rejected": "too much of its newest file was rejected",
    "status_unknown": "deals that are neither open nor won nor lost",
    "time_unknown": "touches without a time",
}


def words(shown: dict[str, Any]) -> str:
    """A client-360 for people."""
    if shown["state"] != "live":
        return "\n".join([f"{shown['asked']} is {shown['state']}", *deleted.words(shown["deleted"])])
    lines = [
        f"{shown['display_name'] or '(no name)'}  ({shown['entity']} {shown['canonical_id']})",
        _line("version", shown["version"]),
    ]
    if shown["forwarded_to"]:
        lines.append(f"  asked for {shown['asked']}, which was merged into this one")
    lines += [_line(label.replace("_", " "), shown[label]) for label in HEAD if shown.get(label)]
    for part in (_facts, _health, _signals, _completeness, _origins):
        lines += part(shown)
    return "\n".join(lines)


def _line(label: str, said: object) -> str:
    return f"  {label:16} {said}"


def _facts(shown: dict[str, Any]) -> Iterator[str]:
    yield _line("pipeline", f"{shown['open_count']} open, {shown['won_count']} won, {shown['lost_count']} lost")
    for total in shown["pipeline"].get("by_currency", ()):
        status, currency = total["status"] or "unclear", total["currency"] or "(no currency)"
        yield _line("", f"{total['count']} {status}: {total['amount']} {currency}")
    if shown["overdue_count"]:
        yield _line("overdue", f"{shown['overdue_count']} open deals, since {shown['overdue_since']}")
    yield _line("activities", f"{shown['activity_count']}, last {shown['last_activity_at'] or 'never'}")
    windows = [f"{shown[f'last_{days}_days']} in {days} days" for days in (7, 30, 90)]
    yield _line("", ", ".join(windows))


def _health(shown: dict[str, Any]) -> Iterator[str]:
    health = shown["health"] or {}
    for label in ("missing", "invalid"):
        if health.get(label):
            yield _line(label, ", ".join(health[label]))
    conflicts = [f"{conflict['field']} ({conflict['values']})" for conflict in health.get("conflicts", ())]
    if conflicts:
        yield _line("records differ", ", ".join(conflicts))
    if health.get("doubtful_pairs"):
        yield _line("in doubt", f"{health['doubtful_pairs']} pairs; see `velocity review list`")


def _signals(shown: dict[str, Any]) -> Iterator[str]:
    said = shown["qualification"]
    yield _line("score", f"{said['score']} of 100, {said['fit']} of it fit")
    for signal in said["signals"]:
        until = f", until {signal['until'][:10]}" if signal["until"] else ""
        lapsed = "" if signal["running"] else ", lapsed"
        more = signal["evidence_count"] - len(signal["evidence"])
        keys = [*signal["evidence"], *([f"{more} more"] if more > 0 else [])]
        yield _line("", f"{signal['points']:+} {signal['name']} ({signal['kind']}{until}{lapsed}): {', '.join(keys)}")


def _completeness(shown: dict[str, Any]) -> Iterator[str]:
    yield _line("it is", shown["completeness_state"])
    for section, said in sorted(shown["completeness"].items()):
        for reason in said["reasons"]:
            since = f", since {reason['since'][:10]}" if reason["since"] else ""
            yield _line("", f"{section} of {reason['source']}: {REASONS[reason['reason']]}{since}")


def _origins(shown: dict[str, Any]) -> Iterator[str]:
    for one in shown["evidence"]:
        yield _line("from", f"{one['key']}, line {one['line']} of {one['file']}")
    for row in shown["rows"]:
        yield _line("score from", f"{row['key']}, line {row['line']} of {row['file']}")
    for job in shown["enrichment"]:
        yield _line("picture", f"{job['template']} {job['state']} {job['sha256'] or ''}")
