-- One client-360, as `velocity show` and a product read it: every column and section of a random contact.
--   PGOPTIONS='-c search_path=velocity' pgbench -n -M prepared -f client.sql -R 200 -T 60 -c 8 -j 2 --latency-limit=10 DSN
\set seed random(1, 1000000000)
select * from contact_client
where canonical_id = (select canonical_id from contact_360 where canonical_id >= 'c_' || md5(:seed::text)
                      order by canonical_id limit 1);
