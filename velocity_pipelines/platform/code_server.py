"""The code server: Dagster's own, but for the way in which it starts the process of a run.

Dagster starts each run in a fresh interpreter, which takes seconds to import everything again. Here a run is forked
from a helper process that has imported most of it before, and does nothing else.

Not here: the other processes (`velocity_pipelines.platform.processes`).
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing.forkserver
import os
import threading

DEFINITIONS = "velocity_pipelines.definitions"
PATIENCE = 10  # added to the niceness
# What a run imports, but for libraries that start a thread when imported (Polars, NumPy): those must not be forked.
PRELOAD = (
    "dagster", "dagster._grpc.impl", "velocity_pipelines.platform.storage", "resources.tables", "alembic.command",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.postgresql.psycopg2", "splink",
)  # fmt: skip


def main() -> None:
    """Serve the definitions on the port of loopback that the command line names, until told to stop."""
    parser = argparse.ArgumentParser(description="Serve the definitions to webserver and daemon.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--location-name", required=True)
    given = parser.parse_args()
    os.nice(PATIENCE)  # and with us our runs: on one machine, whoever reads clients goes first
    multiprocessing.set_forkserver_preload(list(PRELOAD))
    multiprocessing.forkserver.ensure_running()  # it imports on one core, we on the other
    serve(given.port, given.location_name)


def serve(port: int, location: str) -> None:
    """Serve on a port of loopback. Told to stop, it waits for the runs that go on."""
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin  # noqa: PLC0415 - a run imports this
    from dagster._core.utils import FuturesAwareThreadPoolExecutor  # noqa: PLC0415 - module, too
    from dagster._grpc.server import DagsterApiServer, DagsterGrpcServer  # noqa: PLC0415
    from dagster._utils.interrupts import setup_interrupt_handlers  # noqa: PLC0415
    from dagster._utils.log import configure_loggers  # noqa: PLC0415

    setup_interrupt_handlers()
    configure_loggers()
    logger, stop, threads = (
        logging.getLogger("dagster.code_server"),
        threading.Event(),
        FuturesAwareThreadPoolExecutor(),
    )
    servicer = DagsterApiServer(
        server_termination_event=stop,
        logger=logger,
        server_threadpool_executor=threads,
        loadable_target_origin=LoadableTargetOrigin(module_name=DEFINITIONS),
        location_name=location,
    )
    servicer._mp_ctx = multiprocessing.get_context("forkserver")  # type: ignore[assignment]  # the one thing of ours
    server = DagsterGrpcServer(
        server_termination_event=stop,
        dagster_api_servicer=servicer,
        logger=logger,
        threadpool_executor=threads,
        host="127.0.0.1",
        port=port,
    )
    logger.info("serving on port %d", port)
    try:
        server.serve()  # type: ignore[no-untyped-call]
    except KeyboardInterrupt:
        logger.info("told to stop")


if __name__ == "__main__":
    main()
