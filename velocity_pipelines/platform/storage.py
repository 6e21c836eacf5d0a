"""Dagster's own storage: dagster-postgres, on the database that the environment names.

Every process of Dagster builds its instance itself, and so finds the database by itself; no DSN stands in
`dagster.yaml` or on a command line. Not here: our tables (`resources.tables`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres.storage import DagsterPostgresStorage

from resources.dsn import for_dagster
from velocity_pipelines.platform.databases import dagster_dsn
from velocity_pipelines.settings import Settings


class PlatformStorage(DagsterPostgresStorage):
    """Runs, events and schedules in Postgres."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """It takes no configuration."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> PlatformStorage:
        """The storage of this process's environment, each part with a connection that it keeps.

        Without that, every event of a run connects anew, and the password's proof alone takes ten milliseconds.
        """
        del config_value
        url = for_dagster(dagster_dsn(Settings.read()))
        storage = cls(postgres_url=url, should_autocreate_tables=True, inst_data=inst_data)
        for part in (storage.run_storage, storage.event_log_storage, storage.schedule_storage):
            part.optimize_for_webserver(statement_timeout=0, pool_recycle=3600, max_overflow=20)
        return storage
