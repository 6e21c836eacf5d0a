"""The environment, read once and typed: every variable of the platform stands in `VARIABLES`.

Not here: what is done with the values. Nothing reads the environment at import, and nothing else reads it at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from identity.errors import BadInputError
from resources import dsn

Environment = Literal["local", "staging", "production"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: `default` in words; a `secret` may be given by a file named in `<NAME>_FILE` instead."""

    name: str
    default: str
    meaning: str
    secret: bool = False


SHORTEST_KEY = 32  # characters
VARIABLES = (
    Variable("VELOCITY_ENV", "local", "`local`, `staging` or `production`"),
    Variable("VELOCITY_HOME", "`var/` in the checkout", "folder of all local state"),
    Variable("VELOCITY_DATABASE_URL", "embedded Postgres", "libpq URL of the platform's database", secret=True),
    Variable("VELOCITY_DAGSTER_DATABASE_URL", "`<db>_dagster` on the same server", "URL for Dagster", secret=True),
    Variable("VELOCITY_STORAGE_URL", "`storage/` in the home", "folder or object store of evidence and frames"),
    Variable("VELOCITY_LANDING", "`landing/` in the home", "folder that the landing sensor watches"),
    Variable("VELOCITY_POSTGRES_PORT", "a free port, kept", "port of the embedded Postgres"),
    Variable("VELOCITY_WEBSERVER_PORT", "3000", "port of the Dagster UI, on loopback"),
    Variable("VELOCITY_COMFY_URL", "a local stand-in worker", "base URL of the ComfyUI worker"),
    Variable("VELOCITY_COMFY_HEADERS", "none", "headers sent to the worker, as a JSON object", secret=True),
    Variable("VELOCITY_ERASURE_KEY", "a file in the home", "key by which erased persons are known again", secret=True),
    Variable("VELOCITY_ORACLE_URL", "none", "base URL of the Oracle surface"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of `VARIABLES`; None where the local default is used."""

    env: Environment
    home: Path
    database_url: str | None
    dagster_database_url: str | None
    storage_url: str
    landing: Path
    postgres_port: int | None
    webserver_port: int
    comfy_url: str | None
    comfy_headers: tuple[tuple[str, str], ...]
    oracle_url: str | None
    erasure_key: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """The settings of an environment (this process's by default); `bad_setting` names the variable at fault."""
        values = _Values(os.environ if environ is None else environ)
        env = environment("VELOCITY_ENV", values.get("VELOCITY_ENV"), "local")
        home = Path(values.get("VELOCITY_HOME") or checkout() / "var").expanduser().absolute()
        if env != "local":
            values.require("VELOCITY_DATABASE_URL", "VELOCITY_STORAGE_URL")
        return cls(
            env=env,
            home=home,
            database_url=values.database("VELOCITY_DATABASE_URL"),
            dagster_database_url=values.database("VELOCITY_DAGSTER_DATABASE_URL"),
            storage_url=values.get("VELOCITY_STORAGE_URL") or str(home / "storage"),
            landing=Path(values.get("VELOCITY_LANDING") or home / "landing"),
            postgres_port=values.port("VELOCITY_POSTGRES_PORT"),
            webserver_port=values.port("VELOCITY_WEBSERVER_PORT") or 3000,
            comfy_url=values.url("VELOCITY_COMFY_URL"),
            comfy_headers=values.headers("VELOCITY_COMFY_HEADERS"),
            oracle_url=values.url("VELOCITY_ORACLE_URL"),
            erasure_key=values.key("VELOCITY_ERASURE_KEY"),
        )


def checkout() -> Path:
    """The folder that holds `dagster.yaml` and `workspace.yaml`."""
    return Path(__file__).resolve().parents[1]


def bad(name: str, what: str, hint: str) -> BadInputError:
    """The one form in which a wrong setting is refused."""
    return BadInputError("bad_setting", f"{name} {what}", hint)


def environment(name: str, value: str | None, default: Environment) -> Environment:
    """The environment of that name; `bad_setting` says under `name` that it is none."""
    for known in get_args(Environment):
        if (value or default) == known:
            return known  # type: ignore[no-any-return]
    raise bad(name, "is not an environment", f"choose one of {', '.join(get_args(Environment))}")


@dataclass(frozen=True, slots=True)
class _Values:
    environ: Mapping[str, str]

    def get(self, name: str) -> str | None:
        file = self.environ.get(f"{name}_FILE")
        if not file:
            return self.environ.get(name) or None
        try:
            return Path(file).read_text().strip() or None
        except OSError as error:
            raise bad(f"{name}_FILE", f"names a file that cannot be read: {error.strerror}", "check the path") from None

    def require(self, *names: str) -> None:
        for name in names:
            if not self.get(name):
                raise bad(name, "is not set", "outside VELOCITY_ENV=local it has no default")

    def database(self, name: str) -> str | None:
        value = self.get(name)
        return dsn.check_dsn(value, name) if value else None

    def port(self, name: str) -> int | None:
        value = self.get(name)
        if value is None:
            return None
        if not value.isdecimal() or not 0 < int(value) < 65536:
            raise bad(name, "is not a port", "write a number from 1 to 65535")
        return int(value)

    def url(self, name: str) -> str | None:
        value = self.get(name)
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise bad(name, "is not an http(s) URL", f"write {name}=https://host/prefix")
        return value

    def key(self, name: str) -> str | None:
        value = self.get(name)
        if value is not None and len(value) < SHORTEST_KEY:
            raise bad(name, f"has fewer than {SHORTEST_KEY} characters", "make one with `openssl rand -hex 32`")
        return value

    def headers(self, name: str) -> tuple[tuple[str, str], ...]:
        try:
            value = json.loads(self.get(name) or "{}")
        except json.JSONDecodeError:
            value = None
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise bad(name, "is not a JSON object of texts", f"""write {name}='{{"Authorization": "Bearer …"}}'""")
        return tuple(value.items())
