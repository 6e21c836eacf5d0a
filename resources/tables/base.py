"""What every table has in common: naming, types, metadata.

Not here: any table.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from sqlalchemy import ARRAY, JSON, BigInteger, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}
TEXTS = ARRAY(Text)
Json = Annotated[str, mapped_column(JSON)]  # canonical JSON, kept verbatim as text: jsonb would write it anew


class Base(DeclarativeBase):
    """Text for `str`, bigint for `int`, instants with time zone."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a plain dict
        str: Text,
        int: BigInteger,
        bytes: LargeBinary,
        dt.datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: TEXTS,
    }


def table(model: type[Base]) -> Table:
    """The Core table of a model."""
    return Base.metadata.tables[model.__tablename__]
