-- What was sold in the period, by local time.
, within AS MATERIALIZED (
  SELECT f.object, f.happened AT TIME ZONE :zone AS at, f.value FROM f
  WHERE f.happened >= :since AND f.happened < :until AND $wanted
),
sums AS (
  SELECT object, sum(value) AS value FROM within GROUP BY object
),
ranked AS (
  SELECT object, value, sum(value) OVER () AS whole,
    coalesce(sum(value) OVER (ORDER BY value DESC, object
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead
  FROM sums WHERE value > 0
),
-- From when each object's months are counted: its first sale, not before the period.
begun AS (
  SELECT w.object, CASE WHEN w.object = ANY (CAST(:before AS uuid[]))
      THEN CAST(:since AS timestamptz) AT TIME ZONE :zone
      ELSE greatest(date_trunc('day', min(w.at)), CAST(:since AS timestamptz) AT TIME ZONE :zone)
    END AS since
  FROM within w GROUP BY w.object
),
periods AS (
  SELECT b.object, n
  FROM (SELECT least(CAST(:until AS timestamptz), CAST(:as_of AS timestamptz)) AT TIME ZONE :zone
    AS until) e
  CROSS JOIN begun b JOIN ranked r ON r.object = b.object
  CROSS JOIN LATERAL generate_series(0,
    CAST((date_part('year', e.until) - date_part('year', b.since)) * 12
      + date_part('month', e.until) - date_part('month', b.since) AS int)) n
  WHERE b.since + make_interval(months => n + 1) <= e.until
),
-- Each sale in its month: the calendar's distance, less one while the day has not come.
monthly AS (
  SELECT object, n - CAST(since + make_interval(months => n) > at AS int) AS n, sum(value) AS value
  FROM (SELECT w.*, b.since,
      CAST((date_part('year', w.at) - date_part('year', b.since)) * 12
        + date_part('month', w.at) - date_part('month', b.since) AS int) AS n
    FROM within w JOIN begun b ON b.object = w.object) s
  GROUP BY 1, 2
),
demand AS (
  SELECT p.object, coalesce(m.value, 0) AS value
  FROM periods p LEFT JOIN monthly m ON m.object = p.object AND m.n = p.n
),
steady AS (
  SELECT object, count(*) AS periods, avg(value) AS mean, stddev_pop(value) AS deviation
  FROM demand GROUP BY object
)
SELECT r.object::text AS key, r.value, r.whole, r.ahead, coalesce(s.periods, 0) AS periods,
  s.mean, s.deviation,
  CASE WHEN 100 * r.ahead < :a * r.whole THEN 'A'
    WHEN 100 * r.ahead < :b * r.whole THEN 'B' ELSE 'C' END AS abc,
  CASE WHEN coalesce(s.periods, 0) < 6 OR s.mean <= 0 THEN ''
    WHEN 100 * s.deviation <= :x * s.mean THEN 'X'
    WHEN 100 * s.deviation <= :y * s.mean THEN 'Y' ELSE 'Z' END AS xyz,
  coalesce(i.name, c.name) AS name
FROM ranked r LEFT JOIN steady s ON s.object = r.object
LEFT JOIN crm.product i ON i.id = r.object AND :object = 'item'
LEFT JOIN crm.client c ON c.id = r.object AND :object = 'client'
ORDER BY r.value DESC, r.object
