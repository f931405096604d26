, sums AS (
  SELECT f.object, sum(f.value) AS value FROM f
  WHERE f.happened >= :since AND f.happened < :until AND $wanted GROUP BY f.object
),
ranked AS (
  SELECT object, value, sum(value) OVER () AS whole,
    coalesce(sum(value) OVER (ORDER BY value DESC, object
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ahead
  FROM sums WHERE value > 0
),
begun AS (
  SELECT f.object, greatest(date_trunc('day', min(f.happened) AT TIME ZONE :zone),
    CAST(:since AS timestamptz) AT TIME ZONE :zone) AS since
  FROM f WHERE $wanted GROUP BY f.object
),
periods AS (
  SELECT b.object, b.since + make_interval(months => n) AS since,
    b.since + make_interval(months => n + 1) AS until
  FROM begun b JOIN ranked r ON r.object = b.object
  CROSS JOIN LATERAL generate_series(0, 1200) n
  WHERE b.since + make_interval(months => n + 1)
    <= least(CAST(:until AS timestamptz), CAST(:as_of AS timestamptz)) AT TIME ZONE :zone
),
demand AS (
  SELECT p.object, p.since, coalesce(sum(f.value), 0) AS value
  FROM periods p LEFT JOIN f ON f.object = p.object AND $wanted
    AND f.happened >= p.since AT TIME ZONE :zone AND f.happened < p.until AT TIME ZONE :zone
  GROUP BY p.object, p.since
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
