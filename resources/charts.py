"""Drawing charts: a Vega-Lite specification as one HTML file that needs no network, or as a picture in Markdown.

Not here: the specifications (`identity.charts`).
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
from pathlib import Path

import vl_convert
from PIL import Image

from identity.charts import Spec
from identity.errors import BadInputError

SCALE = 1.5  # pixels of a picture to a unit of the chart
COLOURS = 48


def write_html(spec: Spec, path: Path) -> None:
    """Write a chart as an HTML file with all that it needs in it; `bad_output` where that cannot be written."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(_page(spec), "utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadInputError("bad_output", f"{path} cannot be written: {error.strerror}", "name another file") from None


def _page(spec: Spec) -> str:
    """The drawing program and the chart; in the text of a script, `<` may begin something else."""
    program = vl_convert.javascript_bundle("window.draw = vegaEmbed")
    data = json.dumps(spec).replace("<", "\\u003c")
    title = html.escape(spec["title"]["text"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>'
        f'<div id="chart"></div><script type="module">{program}\ndraw("#chart", {data})</script></body></html>'
    )


def as_markdown(spec: Spec) -> str:
    """A chart as a picture in a line of Markdown, for metadata in Dagster; few colours make it small."""
    drawn = Image.open(io.BytesIO(vl_convert.vegalite_to_png(spec, scale=SCALE))).convert("RGB")
    small = io.BytesIO()
    drawn.quantize(COLOURS).save(small, "PNG", optimize=True)
    return f"![chart](data:image/png;base64,{base64.b64encode(small.getvalue()).decode()})"
