, sums AS (
  SELECT f.object, sum(f.value) AS value FROM f
  WHERE f.happened >= :since AND f.happened < :until AND $wanted GROUP BY f.object
)
SELECT coalesce(sum(value) FILTER (WHERE value > 0), 0) AS whole,
  count(*) FILTER (WHERE value > 0) AS objects, count(*) FILTER (WHERE value <= 0) AS left_out
FROM sums
