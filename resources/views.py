"""What readers read: clients with all that depends on now, how sources stand, and the same for the Oracle surface.

The tables hold dated facts; here they meet the clock, the batches and the jobs. So no night rewrites a row because time
went by, and a failed import shows at once. All of it is SQL, made anew after every migration and where this code
makes others.

| view | a row is |
| --- | --- |
| `contact_client`, `account_client` | a client: columns for lists, sections as JSON, windows, score, completeness |
| `source_status` | a source and entity: its newest file, what waits to be shown, what is due |
| `artefact_evidence` | a line of a file that bears out a client whom an artefact shows, as of the version it shows |
| `oracle_contact`, `oracle_account` | a client as the views above say it, and what the insight surface adds |
| `oracle_version` | the version that all of them show |

Not here: the facts (`identity.client360`), what a list asks (`benchmarks/reading`).
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from identity.fields import RESOLVED, Entity
from resources.tables import Base

NOW = "now()"
LAST = "oracle_version"  # of the views
WINDOWS = (7, 30, 90)  # days
INSTANT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
INNER = ("payload", "intent", "complete")  # columns of a table that its view says otherwise
SECTIONS = {
    "profile": "profile", "relations": "relations", "pipeline": "pipeline", "engagement": "engagement",
    "timeline": "timeline", "health": "health", "source_records": "sources",
}  # fmt: skip
MORE: dict[Entity, dict[str, str]] = {"contact": {}, "account": {"hierarchy": "hierarchy"}}

# Section: the entities whose files it rests on ({own}: the client's), and the sections whose facts it is made of.
RESTS_ON = {
    "engagement": ("activity", "engagement"),
    "enrichment": ("", ""),
    "health": ("{own}", ""),
    "pipeline": ("opportunity", "pipeline"),
    "profile": ("{own}", ""),
    "qualification": ("{own},opportunity,activity", "pipeline,engagement"),
    "relations": ("contact,account", "relations"),
    "sources": ("{own}", ""),
    "timeline": ("activity", "engagement"),
}

SOURCE_STATUS = """
select x.source, x.entity, shown.batch as last_batch, shown.received_at as last_received_at, shown.received,
    shown.rejected, shown.rejected::double precision / nullif(shown.received, 0) as rejected_share,
    x.rejected_share as rejected_limit, waiting.batches as waiting, waiting.since as waiting_since, x.cadence_days,
    shown.received_at + make_interval(days => x.cadence_days::int) as due_at
from source_expectation x
left join lateral (
    select b.batch, b.received_at, b.received, b.rejected from batch b
    where b.source = x.source and b.entity = x.entity and b.published is not null and b.withdrawn is null
    order by b.received_at desc, b.seq desc limit 1
) shown on true
cross join lateral (
    select count(*) as batches, min(b.received_at) as since from batch b
    where b.source = x.source and b.entity = x.entity and b.published is null and b.withdrawn is null
) waiting
"""


def reasons(now: str = NOW) -> str:
    """Why something of a source is partial at that moment: `source`, `entity`, `reason`, `since`."""
    return f"""
select s.source, s.entity, why.reason, why.since from source_status s cross join lateral (values
    ('not_published', s.waiting_since),
    ('rows_rejected', case when s.rejected_share > s.rejected_limit then s.last_received_at end),
    ('overdue', case when s.due_at < {now} then s.due_at end)
) why(reason, since) where why.since <= {now}"""


NEWEST = """
select distinct on (j.template) j.job, j.template, j.state, j.version_360, j.planned_at, j.ended_at, j.failure
from enrichment_job j where j.canonical_id = c.canonical_id and j.state <> 'stale'
order by j.template, j.planned_at desc, j.job
"""
JOBS = f"""(select coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('sha256', a.sha256, 'name', a.name,
        'pixel_sha256', a.pixel_sha256, 'media_type', a.media_type) order by j.template, a.name), '[]')
    from ({NEWEST}) j left join enrichment_artefact a on a.job = j.job)"""


def undone(now: str = NOW) -> str:
    """Jobs of a client that are not done, and were not at that moment: `source`, `reason`, `since`."""
    since = "case j.state when 'failed' then coalesce(j.ended_at, j.planned_at) else j.planned_at end"
    return f"""
select j.template as source, {since} as since,
    case j.state when 'failed' then 'enrichment_failed' else 'enrichment_pending' end as reason
from ({NEWEST}) j where j.state in ('planned', 'running', 'cancelling', 'failed') and {since} <= {now}"""


def client(entity: Entity, base: str | None = None, now: str = NOW) -> str:
    """The query behind `contact_client` and `account_client`: of the clients in `base` (a table, or a query in
    brackets, with the columns of `<entity>_360`), as they stand at `now` (an SQL expression).
    """
    name = f"{entity}_360"
    typed = [f"c.{column}" for column in Base.metadata.tables[name].columns.keys() if column not in INNER]  # noqa: SIM118
    score = _score(now)
    made = {
        "published_version": "(select max(p.version) from publication p)",
        **{f"last_{days}_days": f"coalesce(engaged.last_{days}, 0)::bigint" for days in WINDOWS},
        "overdue_count": "coalesce(due.count, 0)::bigint",
        "overdue_since": "due.since",
        "qd_score": score,
        "completeness_state": _state(now),
        "completeness": _completeness(entity, now),
        "qualification": f"jsonb_build_object('fit', c.fit_score, 'score', {score}, 'signals', ({_signals(now)}))",
        "enrichment": JOBS,
        **{column: f"c.payload->'{section}'" for column, section in {**SECTIONS, **MORE[entity]}.items()},
    }
    columns = ",\n".join([*typed, *(f"{text} as {column}" for column, text in made.items())])
    # A join of which a query asks for no column is not made.
    joins = {"engaged": _engaged(now), "due": _due(now)}
    joined = "\n".join(f"left join lateral ({query}) {alias} on true" for alias, query in joins.items())
    return f"select {columns}\nfrom {base or name} c\n{joined}"


def _day(now: str, before: int = 0) -> str:
    """The day so many days before that moment, as it stands in JSON; a day ends when it ends in UTC."""
    return f"to_char(({now} at time zone 'UTC')::date - {before}, 'YYYY-MM-DD')"


def _engaged(now: str) -> str:
    """Touches of the last days, today among them; those that are planned for later are not counted."""
    sums = ", ".join(
        f"sum((d->>'count')::bigint) filter (where d->>'day' >= {_day(now, days - 1)}) as last_{days}"
        for days in WINDOWS
    )
    return f"""select {sums} from json_array_elements(c.payload->'engagement'->'by_day') d
    where d->>'day' <= {_day(now)}"""


def _due(now: str) -> str:
    """Open deals whose close date is over."""
    return f"""select sum((d->>'count')::bigint) as count, min(d->>'close_date') as since
    from json_array_elements(c.payload->'pipeline'->'due') d where d->>'close_date' < {_day(now)}"""


def _score(now: str) -> str:
    """The fit and the intent that has not lapsed, 0 to 100. A subquery is asked for the rows of a page alone, where a
    join would be made for all that are sorted.
    """
    running = f"select sum((s->>'points')::bigint) from json_array_elements(c.intent) s where {_runs(now)}"
    return f"least(100, greatest(0, c.fit_score + coalesce(({running}), 0)))::bigint"


def _runs(now: str) -> str:
    return f"coalesce((s->>'until')::timestamptz > {now}, true)"


def _signals(now: str) -> str:
    running = f"jsonb_build_object('running', {_runs(now)})"
    return f"""select coalesce(jsonb_agg(s || {running} order by s->>'name'), '[]')
    from jsonb_array_elements((c.payload->'qualification'->'signals')::jsonb) s"""


def _state(now: str) -> str:
    """What a list shows; the sources that have a reason are found once for all its rows."""
    return f"""case when c.complete
    and not coalesce(c.sources && (select array_agg(r.source) from ({reasons(now)}) r), false)
    and not exists ({undone(now)}) then 'complete' else 'partial' end"""


def _completeness(entity: Entity, now: str) -> str:
    """For each section {state, reasons: [{reason, since, source}]}: of its facts, its sources' files, its jobs."""
    sections = ", ".join(
        f"('{section}', '{{{entities.format(own=entity)}}}'::text[], '{{{parts}}}'::text[])"
        for section, (entities, parts) in RESTS_ON.items()
    )
    return f"""(select jsonb_object_agg(said.section, jsonb_build_object('reasons', said.reasons,
    'state', case said.reasons when '[]' then 'complete' else 'partial' end))
from (select s.section, coalesce(jsonb_agg(jsonb_build_object('reason', r.reason, 'since', r.since, 'source', r.source)
        order by r.source, r.reason, r.since) filter (where r.reason is not null), '[]') as reasons
    from (values {sections}) s(section, entities, parts) left join lateral (
        select distinct f.source, f.reason, f.since from json_each(c.payload->'completeness') p
        cross join json_to_recordset(p.value->'reasons') f(source text, reason text, since text)
        where p.key = any(s.parts)
        union all
        select l.source, l.reason, to_char(l.since at time zone 'UTC', {INSTANT}) from (
            select r.source, r.reason, min(r.since) as since from ({reasons(now)}) r
            where r.source = any(c.sources) and r.entity = any(s.entities) group by r.source, r.reason
            union all
            select u.source, u.reason, u.since from ({undone(now)}) u where s.section = 'enrichment'
        ) l
    ) r on true group by s.section) said)"""


def _oracle(entity: Entity) -> str:
    return f"""select c.*, extract(day from now() - c.last_activity_at)::bigint as days_silent,
    c.last_30_days - (c.last_90_days - c.last_30_days) / 2.0 as engagement_change
from {entity}_client c"""


def _artefact_evidence() -> str:
    """From an artefact over job, attempt and publication (its cut names epochs and contracts) to the lines of files."""
    then = """select key, batch, line from crosswalk w
        where w.canonical_id = j.canonical_id and w.version <= j.version_360
        union all select key, batch, line from crosswalk_history w
        where w.canonical_id = j.canonical_id and w.version <= j.version_360 and w.ended > j.version_360"""
    return f"""select a.job, a.name, a.sha256, a.pixel_sha256, a.seq as receipt, j.entity, j.canonical_id, j.template,
    j.template_version, t.parameters, t.attempt, t.prompt_id, t.run_id, t.worker, j.version_360, p.cut, p.code_version,
    p.run_id as published_by, w.key, w.batch, w.line, b.sha256 as file_sha256
from enrichment_artefact a join enrichment_job j using (job)
join enrichment_attempt t on t.job = a.job and t.attempt = a.attempt
left join publication p on p.version = j.version_360
left join lateral ({then}) w on true left join batch b on b.batch = w.batch"""


VERSION = """
select version as published_version, as_of, cut, code_version from publication order by version desc limit 1
"""


def queries() -> dict[str, str]:
    """Each view and its query, in the order in which they build on each other."""
    return {
        "source_status": SOURCE_STATUS,
        **{f"{entity}_client": client(entity) for entity in RESOLVED},
        "artefact_evidence": _artefact_evidence(),
        **{f"oracle_{entity}": _oracle(entity) for entity in RESOLVED},
        "oracle_version": VERSION,
    }


def create(connection: Connection) -> None:
    """Make all views in the connection's schema, and note which they are."""
    for name, query in queries().items():
        connection.exec_driver_sql(f"create view {name} as {query}")
    connection.exec_driver_sql(f"comment on view {LAST} is '{_digest()}'")


def are_these(connection: Connection) -> bool:
    """Whether the views of the connection's schema are those that this code makes."""
    query = f"select obj_description(to_regclass(quote_ident(current_schema()) || '.{LAST}'), 'pg_class')"
    return bool(connection.exec_driver_sql(query).scalar() == _digest())


def _digest() -> str:
    return hashlib.sha256(repr(queries()).encode()).hexdigest()


def drop(connection: Connection) -> None:
    """Drop those that are there."""
    for name in reversed(queries()):
        connection.exec_driver_sql(f"drop view if exists {name}")
