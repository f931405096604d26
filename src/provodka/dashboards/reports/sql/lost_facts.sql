, facts AS (
  SELECT * FROM spelt
)
