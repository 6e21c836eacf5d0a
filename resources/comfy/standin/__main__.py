"""Starts the stand-in on loopback and says where, in one line of JSON.

Not here: what it serves (`resources.comfy.standin.app`), starting it as a child (`resources.comfy.local`).
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from resources.comfy.standin.app import build


def main() -> None:
    """Serve until told to stop, or until whoever started this is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where pictures are kept")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started this")
    parser.add_argument("--models", action="store_true", help="have a model that enlarges")
    parser.add_argument("--faults", type=json.loads, default={}, help="switches to begin with, as a JSON object")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        port = listener.getsockname()[1]
        sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{port}", "port": port}) + "\n")
        sys.stdout.flush()
        if options.until_stdin_closes:
            threading.Thread(target=_end_with_parent, daemon=True).start()
        config = uvicorn.Config(
            build(options.folder, has_models=options.models, wanted=options.faults),
            log_level="critical",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
