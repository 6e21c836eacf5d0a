"""Starts the stand-in on a free port of loopback and says where; ends when its standard input does.

Not here: what it serves (`resources.comfy.standin.app`).
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
from resources.comfy.standin.worker import Worker


def main() -> None:
    """Serve until told to stop, or until whoever started this is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where pictures are saved")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}) + "\n")
        sys.stdout.flush()
        threading.Thread(target=_end_with_parent, daemon=True).start()
        server = uvicorn.Server(uvicorn.Config(build(Worker(options.folder)), log_level="error"))
        server.run(sockets=[listener])


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
