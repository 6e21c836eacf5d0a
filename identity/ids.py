"""The id ledger: every canonical id ever issued, the home of every record, and what each wears now.

A ledger is a fold over the publications. `assign` looks, beyond joins, only at clusters that changed.

Not here: the rule itself (`identity.id_rule`), nor how the ledger is stored (`resources.ledger`).
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from identity.errors import BadInputError
from identity.fields import PREFIX, Entity
from identity.frames import HOME, INSTANT, Schema
from identity.id_rule import Outcome, Past, Row, name_clusters

IDS: Schema = {
    "id": pl.String(),
    "entity": pl.String(),
    "state": pl.String(),  # live | forwarded | gone | erased: it stays so
    "to": pl.String(),  # where a forwarded id leads; follow with `resolve`
    "minted": pl.Int64(),  # version
    "ended": pl.Int64(),  # version since which no cluster wears it; null while live
    "born_at": INSTANT,  # age and key of the record that it was minted from
    "born_key": pl.String(),
    "seq": pl.Int64(),  # order of minting within the entity
}
WORN: Schema = {"key": pl.String(), "id": pl.String()}
NAMES: Schema = {"cluster": pl.String(), "name": pl.String()}
EVENT: Schema = {"event": pl.String(), "id": pl.String(), "to": pl.String()}

ERASED_KEY = "erased:"  # begins what stands for the key of an erased record, from which an id was minted
_BYTES = 10  # of the hash that an id shows, as 16 digits of 0-9a-v: ten million ids do not clash


@dataclass(frozen=True, slots=True)
class Ledger:
    """`ids` (IDS), `homes` (HOME; also of records that are gone), `worn` (WORN: the crosswalk published last).

    As a change (`Assignment.change`) it holds only rows that are new or changed, and null as the `id` of records gone.
    """

    ids: pl.DataFrame
    homes: pl.DataFrame
    worn: pl.DataFrame

    @classmethod
    def empty(cls) -> Ledger:
        """Before the first publication."""
        return cls(pl.DataFrame(schema=IDS), pl.DataFrame(schema=HOME), pl.DataFrame(schema=WORN))

    def resolve(self, name: str) -> str | None:
        """The live id that an id ever issued leads to, None if it is gone. `unknown_id` if it was never issued."""
        while True:
            found = self.ids.filter(pl.col("id") == name).select("state", "to").rows()
            if not found:
                raise BadInputError("unknown_id", f"{name} was never issued", "list the ids with `velocity export`")
            state, to = found[0]
            if state != "forwarded":
                return name if state == "live" else None
            name = to


@dataclass(frozen=True, slots=True)
class Assignment:
    """`crosswalk` (key, cluster, id), the `ledger` after it, its `change`, from which `apply_delta` makes it of the one
    before, and `events` (EVENT).

    Events: mint, resurrect, keep (worn on by a cluster that changed), merge (stopped being worn, `to` leads on), retire
    (stopped being worn, gone), split (`to` broke off from `id`; its own mint or resurrection is an event too).
    """

    crosswalk: pl.DataFrame
    ledger: Ledger
    change: Ledger
    events: pl.DataFrame


def assign(clusters: pl.DataFrame, ages: pl.DataFrame, ledger: Ledger, entity: Entity, version: int) -> Assignment:
    """Name the clusters (CLUSTER) of an entity at a version.

    `ages` (key, born) gives the age of each record in `clusters`; it may know more. Row order is irrelevant. Applied
    to its own ledger again it emits no event and gives an equal ledger.
    """
    ledger = _at_home(ledger)
    taken = _taken(ledger.ids)
    now = clusters.join(ledger.worn.rename({"id": "worn"}), on="key", how="left")
    rows = _rows(now, ledger, ages)
    fresh, rows = _fresh(rows, entity, taken)
    known = _known(ledger.ids, rows)
    past = {name: Past(seq, ended) for name, seq, ended in known.select("id", "seq", "ended").iter_rows()}
    issued = Counter(ledger.ids.join(rows, left_on="born_key", right_on="key", how="semi")["born_key"])
    records = [Row(*row) for row in rows.select(Row._fields).iter_rows()]
    outcome = name_clusters(records, past, version, lambda key: _unused(entity, key, issued[key], taken))
    names = {"cluster": list(outcome.names), "name": list(outcome.names.values())}
    looked_at = pl.concat([pl.DataFrame(names, schema=NAMES), fresh.select("cluster", "name").unique()])
    walk = _crosswalk(now, looked_at)
    changed = _changed_ids(known, outcome, version)
    minted = _minted_ids(outcome, rows, fresh, entity, version, _next_seq(ledger.ids))
    homes = pl.DataFrame({"key": list(outcome.homes), "home": list(outcome.homes.values())}, schema=HOME)
    homes = pl.concat([homes, fresh.select("key", home="name")])
    named = pl.concat([changed, minted])
    ids = _upsert(ledger.ids.select(list(IDS)), named, "id").sort("seq")
    after = Ledger(ids, _upsert(ledger.homes, homes, "key").sort("key"), walk.select("key", "id"))
    changed_homes = _unlike(homes, ledger.homes).sort("key")
    change = Ledger(_unlike(named, known).sort("seq"), changed_homes, _changed_worn(now, walk, ledger.worn))
    return Assignment(walk, after, change, _events(known, outcome, fresh))


def _at_home(ledger: Ledger) -> Ledger:
    """The same without homes that were erased: nobody wears such an id again."""
    erased = ledger.ids.filter(pl.col("state") == "erased")["id"]
    if erased.is_empty():
        return ledger
    return Ledger(ledger.ids, ledger.homes.filter(~pl.col("home").is_in(erased.implode())), ledger.worn)


def _taken(ids: pl.DataFrame) -> frozenset[str]:
    """Erased ids, and those of which it is not known any more from which record they were minted."""
    is_taken = (pl.col("state") == "erased") | pl.col("born_key").str.starts_with(ERASED_KEY)
    return frozenset(ids.filter(is_taken)["id"])


def _unused(entity: Entity, key: str, counter: int, taken: frozenset[str]) -> str:
    """The next id of a record that is not taken."""
    while (name := mint(entity, key, counter)) in taken:
        counter += 1
    return name


def _fresh(rows: pl.DataFrame, entity: Entity, taken: frozenset[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of clusters of records that no publication knew, with the `name` that each cluster mints (rule 5 is all that
    there is to them), and the other rows.
    """
    unknown = (pl.col("worn").is_null() & pl.col("home").is_null()).all().over("cluster")
    is_new = rows.select(unknown & pl.col("cluster").is_not_null()).to_series()
    fresh = rows.filter(is_new)
    oldest = fresh.unique("cluster", keep="first", maintain_order=True).select("cluster", oldest="key")
    minted = _mint_all(entity, oldest["oldest"].to_list())
    if taken:
        minted = [
            _unused(entity, k, 1, taken) if n in taken else n for k, n in zip(oldest["oldest"], minted, strict=True)
        ]
    named = oldest.with_columns(name=pl.Series(minted, dtype=pl.String))
    return fresh.join(named, on="cluster", maintain_order="left"), rows.filter(~is_new)


def _mint_all(entity: Entity, keys: list[str]) -> list[str]:
    """What `mint` gives for each key, at once."""
    whole = b"".join(hashlib.sha256(f"{entity}\0{key}".encode()).digest()[:_BYTES] for key in keys)
    bits = np.unpackbits(np.frombuffer(whole, np.uint8).reshape(-1, _BYTES), axis=1)
    digits = bits.reshape(-1, _BYTES * 8 // 5, 5) @ np.array([16, 8, 4, 2, 1], np.uint8)
    text = np.frombuffer(b"0123456789abcdefghijklmnopqrstuv", np.uint8)[digits].tobytes().decode()
    width = _BYTES * 8 // 5
    return [f"{PREFIX[entity]}_{text[at : at + width]}" for at in range(0, len(text), width)]


def mint(entity: Entity, key: str, counter: int = 0) -> str:
    """The id that is minted from a record; `counter` is the number of ids minted from it before."""
    parts = (entity, key, str(counter)) if counter else (entity, key)
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"{PREFIX[entity]}_{base64.b32hexencode(digest[:_BYTES]).decode().lower()}"


def apply_delta(ledger: Ledger, delta: Ledger) -> Ledger:
    """The ledger after a change."""
    return Ledger(
        _upsert(ledger.ids, delta.ids, "id").sort("seq"),
        _upsert(ledger.homes, delta.homes, "key").sort("key"),
        _upsert(ledger.worn, delta.worn, "key").drop_nulls("id").sort("key"),
    )


def _rows(now: pl.DataFrame, ledger: Ledger, ages: pl.DataFrame) -> pl.DataFrame:
    """The rows that the rule has to look at, in order of age: key, cluster, worn, home, born; `now` has the first three
    of all current records.

    These are the clusters that changed, the records gone since, and the clusters that wear, or hold home records of, an
    id which is home in one of these.
    """
    gone = ledger.worn.rename({"id": "worn"}).join(now, on="key", how="anti")
    changed = _changed_clusters(now, gone)
    touched = pl.concat([now.join(changed, on="cluster", how="semi").select("key"), gone.select("key")])
    homes = ledger.homes.join(touched, on="key", how="semi")["home"].unique()
    at_home = ledger.homes.join(homes.to_frame(), on="home", how="semi")
    sharing = [now.join(at_home, on="key", how="semi"), now.join(homes.to_frame("worn"), on="worn", how="semi")]
    looked_at = pl.concat([changed, *(frame.select("cluster") for frame in sharing)]).unique()
    asked = now.join(looked_at, on="cluster", how="semi")
    rows = pl.concat([asked, gone], how="diagonal")
    home = ledger.homes.join(rows, on="key", how="semi")
    born = ages.select("key", "born").join(asked, on="key", how="semi")
    return rows.join(home, on="key", how="left").join(born, on="key", how="left").sort("born", "key", nulls_last=True)


def _changed_clusters(now: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Clusters that are not exactly the wearers of one id."""
    pairs = now.select("cluster", "worn").unique()
    alone = pl.col("cluster").is_unique() & pl.col("worn").is_unique() & pl.col("worn").is_not_null()
    whole = ~pl.col("worn").is_in(gone["worn"].implode())
    return pairs.filter(~(alone & whole)).select("cluster").unique()


def _known(ids: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of `ids` that the rows name."""
    named = pl.concat([rows["worn"], rows["home"]]).drop_nulls().unique().alias("id")
    return ids.select(list(IDS)).join(named.to_frame(), on="id", how="semi").sort("seq")


def _next_seq(ids: pl.DataFrame) -> int:
    return int(ids.select(pl.col("seq").max().fill_null(0)).item()) + 1


def _crosswalk(now: pl.DataFrame, looked_at: pl.DataFrame) -> pl.DataFrame:
    """Clusters that were not looked at (NAMES) keep what they wore."""
    joined = now.join(looked_at, on="cluster", how="left")
    return joined.select("key", "cluster", id=pl.coalesce("name", "worn")).sort("key")


def _changed_ids(known: pl.DataFrame, outcome: Outcome, version: int) -> pl.DataFrame:
    """Known ids as they are now; those not worn lead on or are gone."""
    ends = {"id": list(outcome.forwards), "to": list(outcome.forwards.values())}
    off = pl.DataFrame(ends, schema={"id": pl.String, "to": pl.String}).with_columns(
        state=pl.when(pl.col("to").is_null()).then(pl.lit("gone")).otherwise(pl.lit("forwarded"))
    )
    erased = pl.col("state_before") == "erased"
    ended = known.drop("to").rename({"state": "state_before"}).join(off, on="id").with_columns(
        pl.col("ended").fill_null(version),
        state=pl.when(erased).then("state_before").otherwise("state"), to=pl.when(~erased).then("to"),
    )  # fmt: skip
    worn = known.join(off, on="id", how="anti").with_columns(
        state=pl.lit("live"), to=pl.lit(None, pl.String), ended=pl.lit(None, pl.Int64)
    )
    return pl.concat([worn.select(list(IDS)), ended.select(list(IDS))])


def _minted_ids(
    outcome: Outcome, rows: pl.DataFrame, fresh: pl.DataFrame, entity: Entity, version: int, first: int
) -> pl.DataFrame:
    """Numbered by the age of the records that they were minted from."""
    minted = {"id": list(outcome.minted), "born_key": list(outcome.minted.values())}
    frame = pl.DataFrame(minted, schema={"id": pl.String, "born_key": pl.String})
    facts = frame.join(rows.select(born_key="key", born_at="born"), on="born_key", how="left", maintain_order="left")
    own = fresh.filter(pl.col("key") == pl.col("oldest")).select(id="name", born_key="key", born_at="born")
    return (
        pl.concat([facts, own])
        .sort("born_at", "born_key")
        .select(
            "id",
            pl.lit(entity).alias("entity"),
            pl.lit("live").alias("state"),
            pl.lit(None, pl.String).alias("to"),
            pl.lit(version, pl.Int64).alias("minted"),
            pl.lit(None, pl.Int64).alias("ended"),
            pl.col("born_at").cast(INSTANT),
            "born_key",
            (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("seq"),
        )
    )


def _unlike(rows: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Those of a few rows that are not among many."""
    key = rows.columns[0]
    stood = before.select(rows.columns).join(rows, on=key, how="semi")
    return rows.join(stood, on=rows.columns, how="anti", nulls_equal=True)


def _changed_worn(now: pl.DataFrame, walk: pl.DataFrame, worn: pl.DataFrame) -> pl.DataFrame:
    """What records wear that wore something else, and null for those that are gone; `walk` is sorted by key."""
    gone = worn.select("key").join(now, on="key", how="anti").with_columns(id=pl.lit(None, pl.String))
    before = now.select("key", "worn").sort("key")["worn"]
    return pl.concat([walk.filter(walk["id"].ne_missing(before)).select("key", "id"), gone])


def _upsert(frame: pl.DataFrame, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    columns = rows.columns
    return pl.concat([frame.select(columns).join(rows, on=key, how="anti"), rows])


def _events(known: pl.DataFrame, outcome: Outcome, fresh: pl.DataFrame) -> pl.DataFrame:
    """In a fixed order: by event, id and target."""
    live = set(known.filter(pl.col("ended").is_null())["id"])  # an erased one is worn until its records are gone
    ended = [(name, to) for name, to in outcome.forwards.items() if name in live]
    events = [
        *(("mint", name, None) for name in outcome.minted),
        *(("resurrect", name, None) for name in outcome.resurrected),
        *(("keep", name, None) for name in outcome.kept),
        *(("retire" if to is None else "merge", name, to) for name, to in ended),
        *(("split", name, to) for name, to in outcome.splits),
    ]
    minted = fresh.select(pl.lit("mint").alias("event"), id="name", to=pl.lit(None, pl.String)).unique()
    return pl.concat([pl.DataFrame(events, schema=EVENT, orient="row"), minted]).sort("event", "id", "to")
