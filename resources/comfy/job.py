"""One job on a worker, from graph to checked picture.

Not here: the queue of jobs (`resources.enrichment`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

from resources.comfy.client import ComfyClient, prompt_id
from resources.comfy.failures import ComfyError
from resources.comfy.template import Template

CLIENT_ID = "velocity-pipelines"
SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Made:
    """What the worker made: the bytes by output name, under the prompt id of the attempt."""

    prompt_id: str
    pictures: dict[str, bytes]


def run_job(client: ComfyClient, template: Template, job: str, attempt: int, values: dict[str, Any]) -> Made:
    """Submit, wait, fetch, check. The output's name holds the prompt id, so that it can be told from any other's."""
    prompt = prompt_id(job, attempt)
    client.submit(template.bind({**values, "output_prefix": f"velocity/{prompt}"}), prompt, CLIENT_ID)
    try:
        ended = client.wait(prompt, SECONDS)
    except BaseException:
        client.cancel(prompt)
        raise
    if ended.state != "done":
        raise ComfyError("cancelled" if ended.state == "cancelled" else "permanent", f"the worker says {ended.state}")
    pictures = {}
    for name, node in template.outputs.items():
        files = ended.outputs.get(node, [])
        if not files:
            raise ComfyError("permanent", f"the worker made no {name}")
        pictures[name] = _checked(client.fetch(files[0]))
    return Made(prompt, pictures)


def _checked(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (UnidentifiedImageError, OSError):
        raise ComfyError("permanent", "what the worker made is no picture") from None
    return data
