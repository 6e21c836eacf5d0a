"""The ComfyUI worker: our client, our templates, and the pen that draws names where the worker must not see them.

Not here: which pictures are wanted (`resources.enriching`) and when they are made (`assets.enrichment`).
"""

from resources.comfy.client import ComfyClient, check_worker_url

__all__ = ["ComfyClient", "check_worker_url"]
