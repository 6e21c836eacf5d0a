"""Every table of the platform, named in this one place.

Tables carry no schema name: each connection's search path names it, so that a replay can build the same tables aside.

Not here: how rows are written (`resources.log`, `resources.publishing`) or how the schema changes
(`resources/migrations`).
"""

from resources.tables.base import Base, table
from resources.tables.enrichment import (
    EnrichmentArtefact,
    EnrichmentAttempt,
    EnrichmentEvent,
    EnrichmentJob,
    EnrichmentLook,
    EnrichmentWant,
)
from resources.tables.history import HISTORY, ClientChange, HistoryBegin
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
    AccountHierarchy,
    Activity,
    Contact,
    Contact360,
    ContactAccount,
    Crosswalk,
    DeletedRecord,
    Opportunity,
    Owner,
    SourceExpectation,
)

__all__ = [
    "HISTORY", "PUBLISHED", "Account", "Account360", "AccountHierarchy", "Activity", "Base", "Batch", "CanonicalId",
    "ClientChange", "Contact", "Contact360", "ContactAccount", "Crosswalk", "DeletedRecord", "EnrichmentArtefact",
    "EnrichmentAttempt", "EnrichmentEvent", "EnrichmentJob", "EnrichmentLook", "EnrichmentWant", "FramePointer",
    "HistoryBegin", "IdEvent", "LogEntry", "LogPayload", "Mended", "Opportunity", "Owner", "Publication", "RecordHome",
    "SourceExpectation", "table",
]  # fmt: skip
