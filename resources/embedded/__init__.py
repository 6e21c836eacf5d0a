"""The embedded Postgres: a server of this machine for local use, from a wheel's binaries.

Not here: what is stored in it (`resources.tables`), and a real server, which VELOCITY_DATABASE_URL names.
"""

from resources.embedded.server import EmbeddedPostgres, ServerStatus

__all__ = ["EmbeddedPostgres", "ServerStatus"]
