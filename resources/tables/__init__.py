"""Every table of the platform, named in this one place.

Tables carry no schema name: each connection's search path names it, so that a replay can build the same tables aside.

Not here: how rows are written (`resources.log`, `resources.publishing`) or how the schema changes
(`resources/migrations`).
"""

from resources.tables.base import Base, table
from resources.tables.enrichment import EnrichmentArtefact, EnrichmentJob
from resources.tables.log import (
    Batch,
    CanonicalId,
    FramePointer,
    IdEvent,
    LogEntry,
    LogPayload,
    Mended,
    Publication,
    RecordHome,
)
from resources.tables.published import (
    PUBLISHED,
    Account,
    Account360,
    Activity,
    Contact,
    Contact360,
    ContactAccount,
    Crosswalk,
    Opportunity,
    SourceExpectation,
)

__all__ = [
    "PUBLISHED", "Account", "Account360", "Activity", "Base", "Batch", "CanonicalId", "Contact", "Contact360",
    "ContactAccount", "Crosswalk", "EnrichmentArtefact", "EnrichmentJob", "FramePointer", "IdEvent", "LogEntry",
    "LogPayload", "Mended", "Opportunity", "Publication", "RecordHome", "SourceExpectation", "table",
]  # fmt: skip
