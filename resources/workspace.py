"""Where a platform keeps its state: database, storage root and the frames between them, as one plain object.

Not here: the environment (`velocity_pipelines.settings`) and Dagster.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from resources.database import Database
from resources.erasure_key import ErasureKey
from resources.frames import Frames
from resources.storage import Storage


@dataclass(frozen=True)
class Workspace:
    """What every stage is given; code outside Dagster gets the same object."""

    database: Database
    storage: Storage
    erasure_key: ErasureKey = field(default=ErasureKey())

    @cached_property
    def frames(self) -> Frames:
        """Frames of this workspace."""
        return Frames(self.database, self.storage)

    @contextmanager
    def aside(self, name: str) -> Iterator[Workspace]:
        """An empty workspace in another schema and folder, removed at the end whatever happens."""
        other = Workspace(Database(self.database.dsn, f"{self.database.schema}_{name}"), self.storage.aside(name))
        try:
            other.database.drop()
            other.database.create()
            yield other
        finally:
            other.database.drop()
            other.database.close()
            other.storage.clear()
