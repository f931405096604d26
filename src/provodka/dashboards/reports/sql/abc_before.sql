-- Which of the objects were sold before the period: each is looked up until its first sale.
SELECT x.object FROM unnest(CAST(:objects AS uuid[])) AS x (object)
CROSS JOIN LATERAL (
  SELECT FROM f WHERE f.object = x.object AND f.happened < :since AND $wanted LIMIT 1) sold
