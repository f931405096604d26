, list_counted AS (
  SELECT nth, count(*) AS whole, sum(amount) AS total FROM behind GROUP BY nth
),
list_placed AS (
  SELECT b.*, row_number() OVER (PARTITION BY nth ORDER BY at DESC NULLS LAST, document) AS place
  FROM behind b
)
SELECT c.nth, c.whole, c.total, array_agg(p.document ORDER BY p.place) AS documents,
  array_agg(p.at ORDER BY p.place) AS moments, array_agg(p.amount ORDER BY p.place) AS amounts
FROM list_counted c JOIN list_placed p ON p.nth = c.nth AND p.place <= :most
GROUP BY c.nth, c.whole, c.total ORDER BY c.nth
