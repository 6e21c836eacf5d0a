"""Which account is the parent of which: what records say, bound to canonical accounts, without circles.

Of several parents that the records of an account name, the one holds that was said last (ties: received last, then
the smallest record key). An account is not its own parent. Of each circle of parents the claim that was said longest
ago is cut, by the same order. So the outcome does not depend on ids, nor on the order of anything.

Not here: the arithmetic of trees (`identity.forest`).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from identity import forest
from identity.claims import claims, holding
from identity.frames import INSTANT, Schema
from identity.sections import filled, listed

EVIDENCE = 20  # record keys that are named; all are counted
CHILDREN = 20  # children that are listed; all are counted
HIERARCHY: Schema = {
    "account_id": pl.String(),  # of every account that has a parent or a child
    "parent_id": pl.String(),
    "root_id": pl.String(),  # the ultimate parent; its own where there is none
    "depth": pl.Int64(),
    "children": pl.Int64(),
    "descendants": pl.Int64(),
    "cut": pl.String(),  # `circle` where records name a parent which would close one, else null
    "since": INSTANT,  # the first version of a record that names that parent
    "parents": pl.Int64(),  # how many different ones the records name
    "records": pl.Int64(),  # that name the one which won
    "evidence": pl.List(pl.String()),  # their keys, those that said so last first
}


def parent_claims(versions: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """What account records say of their parents (CLAIM), from all record versions and the current ones."""
    target = pl.concat_str(pl.col("source") + ":account:", "parent_source_id")
    return claims(versions.with_columns(target=target, title=pl.lit(None, pl.String)), current)


def account_hierarchy(said: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    """The trees of accounts (HIERARCHY), sorted by account id, from claims and (key, id)."""
    named = _named(said, account_ids)
    ids = pl.concat([named["account_id"], named["parent_id"]]).unique().sort()
    parent, rank = _numbered(named, ids)
    loose = forest.cut(parent, rank)
    parent[loose] = loose
    root, depth, below = forest.climb(parent)
    children = np.bincount(parent[depth > 0], minlength=len(parent)).astype(np.int64)
    found = {"account_id": ids, "parent_id": ids[parent], "root_id": ids[root], "depth": depth}
    facts = pl.DataFrame({**found, "children": children, "descendants": below}).with_columns(
        parent_id=pl.when(pl.col("depth") > 0).then("parent_id"),
        cut=pl.when(pl.int_range(pl.len()).is_in(loose.tolist())).then(pl.lit("circle")),
    )
    whole = facts.join(named.drop("parent_id"), on="account_id", how="left")
    return whole.with_columns(pl.col("parents", "records").fill_null(0)).select(list(HIERARCHY)).sort("account_id")


def _named(said: pl.DataFrame, account_ids: pl.DataFrame) -> pl.DataFrame:
    """The parent of each account that names one, the account that said so last first."""
    bound = (
        holding(said)
        .join(account_ids.select("key", account_id="id"), on="key")
        .join(account_ids.select(target="key", parent_id="id"), on="target")
        .filter(pl.col("account_id") != pl.col("parent_id"))
        .sort("said_at", "received_at", "key", descending=[True, True, False])
    )
    each = bound.group_by("account_id", "parent_id", maintain_order=True).agg(
        pl.col("since").min(), records=pl.len().cast(pl.Int64), evidence=pl.col("key").head(EVIDENCE)
    )
    parents = pl.len().over("account_id").cast(pl.Int64)
    return each.with_columns(parents=parents).unique("account_id", keep="first", maintain_order=True)


def _numbered(named: pl.DataFrame, ids: pl.Series) -> tuple[forest.Nodes, forest.Nodes]:
    """Of each account by its place in `ids` the place of its parent, and how late in the order it was named."""
    places = pl.DataFrame({"id": ids}).with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    ends = [
        named.select(id=column).join(places, on="id", how="left", maintain_order="left")["place"].to_numpy()
        for column in ("account_id", "parent_id")
    ]
    parent, rank = np.arange(len(ids)), np.zeros(len(ids), np.int64)
    parent[ends[0]], rank[ends[0]] = ends[1], np.arange(named.height)
    return parent, rank


def section(clients: pl.DataFrame, hierarchy: pl.DataFrame) -> pl.DataFrame:
    """`hierarchy` of each account: {child_count, children, depth, descendants, parent, root}.

    Takes golden accounts with their `anchor` (smallest record key). Children are listed by name and record key, at most
    CHILDREN. An account that belongs to no tree has no children and neither parent nor root.
    """
    names = clients.select("anchor", account_id="canonical_id", account_name="display_name")
    children = hierarchy.join(names, on="account_id").sort("account_name", "anchor", nulls_last=True)
    below = children.drop_nulls("parent_id").rename({"parent_id": "canonical_id"})
    made = clients.select("canonical_id").join(
        hierarchy.select(
            "parent_id", "root_id", "depth", "descendants", canonical_id="account_id", child_count="children"
        ),
        on="canonical_id", how="left",
    )  # fmt: skip
    for end in ("parent", "root"):
        other = names.select(
            pl.struct("account_id", "account_name").alias(end), pl.col("account_id").alias(f"{end}_id")
        )
        made = made.join(other, on=f"{end}_id", how="left")
    made = made.join(listed(below, "children", ["account_id", "account_name"], CHILDREN), on="canonical_id", how="left")
    counts = pl.col("child_count", "depth", "descendants").fill_null(0)
    fields = ["child_count", "children", "depth", "descendants", "parent", "root"]
    return filled(made).with_columns(counts).select("canonical_id", pl.struct(fields).alias("hierarchy"))
