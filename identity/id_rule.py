"""The id rule: which cluster wears which canonical id, given what its records wore and where they are at home.

1. A cluster with unchanged members keeps its id.
2. Each id worn before goes, among the changed clusters that hold records which wore it, to the one with most of its
   home records (ties: oldest home record, then most wearers).
3. A cluster wears the oldest of the ids it won,
4. else the latest retired id of whose home records it holds the most,
5. else a new one, minted from its oldest record.

A new record takes its cluster's id as home, and so does one whose home is worn by another cluster. Any other id
forwards to the cluster with most of its home records; one that has none left forwards to the cluster that won it, or is
gone with its last wearer.

Not here: frames, and which clusters have to be looked at (`identity.ids`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Row(NamedTuple):
    """One record: its cluster (None: gone since the last publication), the id it wore then, its home."""

    key: str
    cluster: str | None
    worn: str | None
    home: str | None


class Past(NamedTuple):
    """What is known of an id: its place in the order of minting, and the version it ended at (None: worn)."""

    seq: int
    ended: int | None


@dataclass(slots=True)
class Outcome:
    """The names of all clusters that were looked at, and what changed."""

    names: dict[str, str] = field(default_factory=dict)  # cluster: id
    minted: dict[str, str] = field(default_factory=dict)  # id: the oldest record of its cluster, in order of age
    kept: list[str] = field(default_factory=list)  # ids of clusters that changed
    resurrected: list[str] = field(default_factory=list)
    forwards: dict[str, str | None] = field(default_factory=dict)  # every id not worn: where it leads, None: gone
    splits: list[tuple[str, str]] = field(default_factory=list)  # an id, and the one that its records left it for
    homes: dict[str, str] = field(default_factory=dict)  # record key: its new home


@dataclass(slots=True)
class _Tally:
    """Counts over the rows. The rows come in order of age, so the first cluster of each inner mapping is the oldest."""

    members: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    at_home: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # id: cluster: records
    wearers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    worn: Counter[str] = field(default_factory=Counter)  # id: records, also those gone

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Tally:
        tally = cls()
        for row in rows:
            if row.worn is not None:
                tally.worn[row.worn] += 1
            if row.cluster is None:
                continue
            tally.members[row.cluster].append(row)
            if row.home is not None:
                tally.at_home[row.home][row.cluster] += 1
            if row.worn is not None:
                tally.wearers[row.worn][row.cluster] += 1
        return tally

    def unchanged(self) -> dict[str, str]:
        """Cluster: id, where exactly the records that wore the id are together again."""
        alone = ((worn, clusters) for worn, clusters in self.wearers.items() if len(clusters) == 1)
        found = ((cluster, worn) for worn, clusters in alone for cluster in clusters)
        return {c: worn for c, worn in found if len(self.members[c]) == self.wearers[worn][c] == self.worn[worn]}

    def main_home(self, name: str, among: Mapping[str, object] | None = None) -> str | None:
        """The cluster with most home records of an id, the one with the oldest of them first; None where none is."""
        homes: Mapping[str, int] = self.at_home.get(name, {})
        return _most({c: n for c, n in homes.items() if among is None or c in among})


def _most(counts: Mapping[str, int]) -> str | None:
    """The key with the highest count, the first of them (`max` keeps the first)."""
    return max(counts, key=counts.__getitem__, default=None)


def name_clusters(rows: Sequence[Row], past: Mapping[str, Past], version: int, mint: Callable[[str], str]) -> Outcome:
    """Apply the rule at `version`.

    `rows` come in order of age and hold whole clusters, all wearers of each id worn in them, and all home records of
    each id that is home in a changed one; `past` knows every id that they name. `mint` makes an id of a record key.
    """
    tally = _Tally.of(rows)
    outcome = Outcome(names=tally.unchanged())
    won_by = _win(tally, outcome, past)
    _revive(tally, outcome, past, version)
    _mint(tally, outcome, mint)
    _forward(tally, outcome, past, won_by)
    _settle(rows, outcome)
    return outcome


def _win(tally: _Tally, outcome: Outcome, past: Mapping[str, Past]) -> dict[str, str]:
    """Rules 2 and 3; returns which cluster won each id."""
    kept = set(outcome.names.values())
    won_by: dict[str, str] = {}
    for name, clusters in tally.wearers.items():
        cluster = tally.main_home(name, clusters) or _most(clusters)
        if name not in kept and cluster is not None:
            won_by[name] = cluster
    for name in sorted(won_by, key=lambda n: past[n].seq):
        if won_by[name] not in outcome.names:
            outcome.names[won_by[name]] = name
            outcome.kept.append(name)
    return won_by


def _revive(tally: _Tally, outcome: Outcome, past: Mapping[str, Past], version: int) -> None:
    """Rule 4; an id that is retiring at this very version is the latest."""
    worn = set(outcome.names.values())
    offers: dict[str, list[tuple[int, int, int, str]]] = defaultdict(list)
    for name in tally.at_home:
        cluster = tally.main_home(name)
        if name not in worn and cluster is not None and cluster not in outcome.names:
            ended = past[name].ended
            rank = (version if ended is None else ended, tally.at_home[name][cluster], -past[name].seq)
            offers[cluster].append((*rank, name))
    for cluster, names in offers.items():
        name = max(names)[-1]
        outcome.names[cluster] = name
        if past[name].ended is not None:
            outcome.resurrected.append(name)
        _note_split(tally, outcome, cluster)


def _mint(tally: _Tally, outcome: Outcome, mint: Callable[[str], str]) -> None:
    """Rule 5, in the order of the oldest records."""
    for cluster, members in tally.members.items():
        if cluster not in outcome.names:
            name = mint(members[0].key)
            outcome.names[cluster] = name
            outcome.minted[name] = members[0].key
            _note_split(tally, outcome, cluster)


def _note_split(tally: _Tally, outcome: Outcome, cluster: str) -> None:
    """A cluster that won no id but holds records that wore one has split off; from the one most of them wore."""
    left = _most(Counter(row.worn for row in tally.members[cluster] if row.worn is not None))
    if left is not None and left != outcome.names[cluster]:
        outcome.splits.append((left, outcome.names[cluster]))


def _forward(tally: _Tally, outcome: Outcome, past: Mapping[str, Past], won_by: Mapping[str, str]) -> None:
    """Where every known id that is not worn leads."""
    worn = set(outcome.names.values())
    for name in past:
        if name not in worn:
            cluster = tally.main_home(name) or won_by.get(name)
            outcome.forwards[name] = None if cluster is None else outcome.names[cluster]


def _settle(rows: Sequence[Row], outcome: Outcome) -> None:
    """New homes of records."""
    worn = set(outcome.names.values())
    for row in rows:
        if row.cluster is not None:
            name = outcome.names[row.cluster]
            if row.home is None or (row.home != name and row.home in worn):
                outcome.homes[row.key] = name
