"""Routes for pictures: upload and view.

Not here: the folders (`resources.comfy.standin.files`).
"""

from __future__ import annotations

import io
import mimetypes
from pathlib import Path

from PIL import Image
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from resources.comfy.standin.faults import Faults, cut
from resources.comfy.standin.files import KINDS, Files, Outside
from resources.comfy.standin.multipart import parse

LARGEST = 100 * 2**20  # bytes of a request
CHANNELS = {"rgb": "RGB", "a": "RGBA"}


def routes(files: Files, faults: Faults) -> list[Route]:
    """The routes over these folders."""

    async def upload(request: Request) -> Response:
        if int(request.headers.get("content-length", 0)) > LARGEST:
            return PlainTextResponse(f"Maximum request body size {LARGEST} exceeded.", status_code=413)
        form = parse(request.headers.get("content-type", ""), await request.body())
        image = form.get("image")
        if image is None or image.filename is None:
            return Response(status_code=400)
        fields = {name: part.data.decode("utf-8", "replace") for name, part in form.items() if name != "image"}
        kind, subfolder = fields.get("type", "input"), fields.get("subfolder", "")
        overwrite = fields.get("overwrite") in {"true", "1"}
        try:
            name = files.keep_upload(kind, subfolder, image.filename, image.data, overwrite=overwrite)
        except Outside:
            return Response(status_code=400)
        return JSONResponse({"name": name, "subfolder": subfolder, "type": kind})

    async def view(request: Request) -> Response:
        query = request.query_params
        name = query.get("filename", "")
        if not name:
            return Response(status_code=404)
        if name.startswith("/") or ".." in name or query.get("type", "output") not in KINDS:
            return Response(status_code=400)
        try:
            path = files.path(query.get("type", "output"), query.get("subfolder", ""), name)
        except Outside:
            return Response(status_code=403)
        if not path.is_file() or faults.strike("missing_files"):
            return Response(status_code=404)
        return cut(Response(path.read_bytes())) if faults.strike("cut_files") else _file(request, path)

    return [Route("/upload/image", upload, methods=["POST"]), Route("/view", view)]


def _file(request: Request, path: Path) -> Response:
    """The file as it is; with `channel` a picture drawn anew, without what was written into the file."""
    channel = request.query_params.get("channel")
    if channel in CHANNELS:
        return Response(_channel(path, channel), media_type="image/png")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = FileResponse(path, media_type=kind, stat_result=path.stat())
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304)
    return response


def _channel(path: Path, channel: str) -> bytes:
    out = io.BytesIO()
    with Image.open(path) as image:
        drawn = image.convert(CHANNELS[channel])
    drawn.info.clear()
    if channel == "a":
        drawn = Image.merge("RGBA", (*[Image.new("L", drawn.size)] * 3, drawn.getchannel("A")))
    drawn.save(out, "PNG")
    return out.getvalue()
