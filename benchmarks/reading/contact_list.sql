-- A page of the contact list: a random filter, a random order, the first page or one that follows a random contact. The
-- filters that are not meant are constants when the page is planned, so each page has the plan of its own query.
--   PGOPTIONS='-c search_path=velocity' pgbench -n -M extended -f contact_list.sql -R 200 -T 60 -c 8 -j 2 --latency-limit=50 DSN
\set seed random(1, 1000000000)
\set filter random(0, 6)
\set sort random(0, 3)
\set later random(0, 1)
\set letters random(3, 5)
select canonical_id as id, sort_name as name, left(sort_name, :letters) as prefix, left(sort_name, :letters) || '~' as prefix_end,
    coalesce(owner, '') as owner, coalesce(lifecycle_stage, '') as stage, coalesce(account_id, '') as account,
    coalesce(country, '') as country, sources[1] as source, fit_score as fit,
    coalesce(last_activity_at, now()) as touched, greatest(open_value, 1000) as value
from contact_360 where canonical_id >= 'c_' || substr(md5(:seed::text), 1, 6) order by canonical_id limit 1 \gset at_
\if :sort = 0
-- by name
select canonical_id, display_name, primary_email, primary_phone, account_id, account_name, owner, lifecycle_stage, country,
    city, last_activity_at, open_value, fit_score, qd_score, completeness_state, sources, records
from contact_client
where true and (:later = 0 or (sort_name, canonical_id) > (:at_name, :at_id))
    and (:filter <> 1 or owner = :at_owner)
    and (:filter <> 2 or lifecycle_stage = :at_stage)
    and (:filter <> 3 or account_id = :at_account)
    and (:filter <> 4 or country = :at_country)
    and (:filter <> 5 or (sort_name >= :at_prefix and sort_name < :at_prefix_end))
    and (:filter <> 6 or sources @> array[:at_source])
order by sort_name, canonical_id limit 50;
\elif :sort = 1
-- by last activity
select canonical_id, display_name, primary_email, primary_phone, account_id, account_name, owner, lifecycle_stage, country,
    city, last_activity_at, open_value, fit_score, qd_score, completeness_state, sources, records
from contact_client
where last_activity_at is not null and (:later = 0 or (last_activity_at, canonical_id) < (:at_touched, :at_id))
    and (:filter <> 1 or owner = :at_owner)
    and (:filter <> 2 or lifecycle_stage = :at_stage)
    and (:filter <> 3 or account_id = :at_account)
    and (:filter <> 4 or country = :at_country)
    and (:filter <> 5 or (sort_name >= :at_prefix and sort_name < :at_prefix_end))
    and (:filter <> 6 or sources @> array[:at_source])
order by last_activity_at desc, canonical_id desc limit 50;
\elif :sort = 2
-- by fit score
select canonical_id, display_name, primary_email, primary_phone, account_id, account_name, owner, lifecycle_stage, country,
    city, last_activity_at, open_value, fit_score, qd_score, completeness_state, sources, records
from contact_client
where true and (:later = 0 or (fit_score, canonical_id) < (:at_fit, :at_id))
    and (:filter <> 1 or owner = :at_owner)
    and (:filter <> 2 or lifecycle_stage = :at_stage)
    and (:filter <> 3 or account_id = :at_account)
    and (:filter <> 4 or country = :at_country)
    and (:filter <> 5 or (sort_name >= :at_prefix and sort_name < :at_prefix_end))
    and (:filter <> 6 or sources @> array[:at_source])
order by fit_score desc, canonical_id desc limit 50;
\elif :sort = 3
-- by open value
select canonical_id, display_name, primary_email, primary_phone, account_id, account_name, owner, lifecycle_stage, country,
    city, last_activity_at, open_value, fit_score, qd_score, completeness_state, sources, records
from contact_client
where open_value > 0 and (:later = 0 or (open_value, canonical_id) < (:at_value, :at_id))
    and (:filter <> 1 or owner = :at_owner)
    and (:filter <> 2 or lifecycle_stage = :at_stage)
    and (:filter <> 3 or account_id = :at_account)
    and (:filter <> 4 or country = :at_country)
    and (:filter <> 5 or (sort_name >= :at_prefix and sort_name < :at_prefix_end))
    and (:filter <> 6 or sources @> array[:at_source])
order by open_value desc, canonical_id desc limit 50;
\endif
