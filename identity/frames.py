"""The shapes of the frames that stages hand to each other.

Not here: how they are stored (`resources.storage`) or made (the other modules of this package).
"""

from __future__ import annotations

from typing import TypeAlias

import polars as pl

from identity.fields import FIELDS, Entity

Schema: TypeAlias = dict[str, pl.DataType]

INSTANT = pl.Datetime("us", "UTC")
BETWEEN = "\ufdd0"  # a code point that is no character

RECORD_HEAD: Schema = {
    "key": pl.String(),  # source:entity:source_id
    "source": pl.String(),
    "source_id": pl.String(),
    "batch": pl.String(),
    "line": pl.Int64(),  # of the file, as a person sees it in an editor (the header of a plain CSV is line 1)
    "received_at": INSTANT,  # stamp of the batch
    "version_at": INSTANT,  # own update time, else received_at: first in the order of versions
    "deleted": pl.Boolean(),
    "derived": pl.Boolean(),  # an account that is known only from contact rows
    "content": pl.String(),  # SHA-256 hex of the mapped row
}


def record_schema(entity: Entity) -> Schema:
    """Columns of a record frame: the head, each field as text (lists of text where multi-valued), `attributes`.

    `attributes` is canonical JSON text of mapped columns that are no field, or null.
    """
    fields: Schema = {f.name: pl.List(pl.String()) if f.multi else pl.String() for f in FIELDS[entity]}
    return {**RECORD_HEAD, **fields, "attributes": pl.String()}


EDGE: Schema = {
    "left": pl.String(),  # record keys, left < right
    "right": pl.String(),
    "bits": pl.Int64(),  # match weight in thousandths of a bit, prior included: the sum of rounded level weights
    "answer": pl.String(),  # join | review | apart, by the thresholds of the epoch
    "cut": pl.String(),  # why a joining edge does not hold in its cluster, else null
    "epoch": pl.String(),
}

ANSWERED = ("left", "right", "answer")  # the columns of edges that say which pairs are in doubt

CLUSTER: Schema = {"key": pl.String(), "cluster": pl.String()}  # every current record; cluster = its smallest key

HOME: Schema = {"key": pl.String(), "home": pl.String()}  # record key, its home id (design of ids: identity.ids)

JUDGED: Schema = {  # what people said of pairs of records, in decisions that are not retracted
    "seq": pl.Int64(),  # of the decision in the log; its judgements stand or fall together
    "word": pl.String(),  # same | different | unsure
    "left": pl.String(),
    "right": pl.String(),
}

OVERRIDES: Schema = {  # golden values that people set, in decisions that are not retracted
    "seq": pl.Int64(),  # of the decision in the log
    "entity": pl.String(),
    "key": pl.String(),  # of the record that it hangs on, whatever cluster that is in
    "field": pl.String(),
    "value": pl.String(),
}

EPOCHS: Schema = {  # the trained epochs in force; an entity without a row is resolved by the shipped one
    "entity": pl.String(),
    "epoch": pl.String(),  # its id
    "text": pl.String(),  # as `identity.epoch.load` takes it
}

CONTRACTS: Schema = {  # rules that were put in force; of one without a row the shipped one holds
    "name": pl.String(),  # identity.contracts.NAMES
    "version": pl.String(),
    "text": pl.String(),  # canonical JSON
}

SIGHTED: Schema = {"key": pl.String(), "received_at": INSTANT}  # keys that a file holds, whatever became of their rows


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose rows can be hashed: lists of text as one text each, and their lengths after all columns."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    lengths = [pl.col(name).list.len().alias(f"{name}_len") for name in lists]
    return frame.with_columns(*(pl.col(name).list.join(BETWEEN) for name in lists), *lengths)
