"""Which jobs a worker can do, asked before anything is sent: its health, version, node classes and models.

Not here: sending (`resources.enriching.lane`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from resources.comfy.client import ComfyClient
from resources.comfy.failures import ComfyError, Unhealthy
from resources.comfy.template import load
from resources.enriching import queue
from resources.enriching.book import Book

POSTPONED = 60  # minutes, of jobs whose template this worker cannot do


def served(
    client: ComfyClient, book: Book, jobs: Sequence[str], warn: Callable[[str], None]
) -> tuple[list[str], list[str]]:
    """The jobs that the worker can do, and of the others those that a run has left: they are taken over, for what was
    sent has to be fetched or cancelled, and not begun anew. The rest waits for a while.

    Raises where it does not answer or can do nothing: then all is left as it is.
    """
    able: list[str] = []
    unable: list[tuple[list[str], ComfyError]] = []
    known = {template for template, _ in book.recipes}
    for template, named in queue.templates_of(book.workspace, jobs).items():
        refusal = _refusal(client, template) if template in known else None
        if refusal is None:
            able += named
        else:
            unable.append((named, refusal))
    if unable and not able:
        raise unable[0][1]
    abandoned = set(queue.abandoned(book.workspace))
    left: list[str] = []
    for named, refusal in unable:
        warn(f"{refusal.message}: {len(named)} jobs wait")
        queue.postpone(book.workspace, named, POSTPONED)
        left += [job for job in named if job in abandoned]
    return able, left


def _refusal(client: ComfyClient, template: str) -> ComfyError | None:
    needs = load(template)
    try:
        client.preflight(needs.node_classes, needs.models, needs.oldest)
    except Unhealthy:
        raise
    except ComfyError as error:
        if error.failure != "permanent":
            raise
        return error
    return None
