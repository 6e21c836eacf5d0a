"""Prompts as `/api/jobs` shows them.

Not here: where they come from (`resources.comfy.standin.memory`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.comfy.standin.memory import Item, Memory

STATUSES = ("pending", "in_progress", "completed", "failed", "cancelled")
Job = dict[str, Any]


class BadFilter(ValueError):
    """A query that the server refuses."""


def one(memory: Memory, prompt: str) -> Job | None:
    """A prompt with all that is known of it."""
    running, pending, history = memory.looked_at()
    for item in running + pending:
        if item.id == prompt:
            return _queued(item, "in_progress" if item in running else "pending") | {"workflow": _workflow(item)}
    if prompt not in history:
        return None
    entry = history[prompt]
    more = {"outputs": entry["outputs"], "execution_status": entry["status"]}
    return _ended(entry) | more | {"workflow": _workflow(entry["prompt"])}


def listed(memory: Memory, query: Mapping[str, str]) -> dict[str, Any]:
    """Prompts, newest first, a page of them; `BadFilter` says what is wrong with a query."""
    limit, offset = _whole(query, "limit", 1, None), _whole(query, "offset", 0, 0) or 0
    wanted = query.get("status", ",".join(STATUSES)).split(",")
    unknown = [status for status in wanted if status not in STATUSES]
    if unknown:
        raise BadFilter(f"Invalid status value(s): {', '.join(unknown)}. Valid values: {', '.join(STATUSES)}")
    jobs = [job for job in _all(memory) if job["status"] in wanted]
    jobs.sort(key=lambda job: job["create_time"], reverse=True)
    page = jobs[offset : None if limit is None else offset + limit]
    more = offset + len(page) < len(jobs)
    return {"jobs": page, "pagination": {"offset": offset, "limit": limit, "total": len(jobs), "has_more": more}}


def _all(memory: Memory) -> list[Job]:
    running, pending, history = memory.looked_at()
    queued = [_queued(i, "in_progress") for i in running] + [_queued(i, "pending") for i in pending]
    return queued + [_ended(entry) for entry in history.values()]


def _whole(query: Mapping[str, str], name: str, least: int, default: int | None) -> int | None:
    try:
        value = int(query[name]) if name in query else default
    except ValueError:
        value = least - 1
    if value is not None and value < least:
        raise BadFilter(f"{name} must be a {'positive' if least else 'non-negative'} integer")
    return value


def _queued(item: Item, status: str) -> Job:
    return _base(item, status) | {"outputs_count": 0}


def _base(item: Item, status: str) -> Job:
    """The workflow's id is read as the server reads it: where `workflow` is null, it and the whole list fail."""
    base = {"id": item.id, "status": status, "priority": item.number, "create_time": item.extra["create_time"]}
    workflow = item.extra.get("extra_pnginfo", {}).get("workflow", {}).get("id")
    return base if workflow is None else base | {"workflow_id": workflow}


def _ended(entry: dict[str, Any]) -> Job:
    messages = dict(entry["status"]["messages"])
    job = _base(entry["prompt"], _status(entry["status"]["status_str"], messages))
    times = [data["timestamp"] for data in messages.values()]
    job |= {"execution_start_time": times[0], "execution_end_time": times[-1]}
    if "execution_error" in messages:
        job["execution_error"] = messages["execution_error"]
    files = [(node, file) for node, output in entry["outputs"].items() for file in output["images"]]
    job |= {"outputs_count": len(files), "previewable_outputs_count": len(files)}
    if files:
        node, file = files[0]
        job["preview_output"] = {**file, "nodeId": node, "mediaType": "images"}
    return job


def _status(said: str, messages: dict[str, Any]) -> str:
    if said == "success":
        return "completed"
    return "cancelled" if "execution_interrupted" in messages else "failed"


def _workflow(item: Item) -> dict[str, Any]:
    return {"prompt": item.graph, "extra_data": item.extra}
