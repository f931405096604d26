, entry AS (
  SELECT scenario, stage, grp, wanted, entered_at,
    row_number() OVER (PARTITION BY subject, scenario, stage
      ORDER BY entered_at, deal, visit) AS nth
  FROM live
)
SELECT scenario, grp AS "group", stage,
  count(*) FILTER (WHERE nth = 1) AS entered,
  count(*) FILTER (WHERE nth > 1) AS again
FROM entry WHERE wanted AND entered_at >= :since AND entered_at < :until
GROUP BY scenario, grp, stage ORDER BY scenario, grp, stage
