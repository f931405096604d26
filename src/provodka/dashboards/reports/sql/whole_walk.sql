-- How far up each deal came and on which stages it stood: one row for each scenario.
, climb AS (
  SELECT v.subject, v.scenario, v.entered_at, v.deal_created_at, p.place AS stands,
    CASE WHEN v.exit_then = 'open'
      THEN CASE v.stage_kind WHEN 'won' THEN 1 WHEN 'lost' THEN 2 WHEN 'open' THEN 4 END END AS fate,
    CASE v.stage_kind WHEN 'won' THEN coalesce(l.steps, 0)
      WHEN 'open' THEN coalesce(width_bucket(v.rank, l.ranks), 0) ELSE 0 END AS height
  FROM live v
  LEFT JOIN jsonb_to_recordset(CAST(:ladders AS jsonb)) AS l (scenario text, steps integer,
    ranks integer[]) ON l.scenario = v.scenario
  LEFT JOIN (SELECT e ->> 0 AS scenario, e ->> 1 AS stage, (e ->> 2)::integer AS place
    FROM jsonb_array_elements(CAST(:places AS jsonb)) e) p
    ON p.scenario = v.scenario AND p.stage = v.stage
),
-- Bits of one number stand for the fates of a deal's heirs, and for the stages they stood on.
walk AS MATERIALIZED (
  SELECT subject, scenario, min(deal_created_at) AS created_at,
    coalesce(bit_or(fate), 0) AS fates, coalesce(bit_or(bigint '1' << stands), 0) AS stood,
    CAST(NULL AS timestamptz) AS r0, $walked
  FROM climb GROUP BY subject, scenario
),
-- Nobody has to be looked for by scenario as long as all were created in the period.
cohort AS (
  SELECT scenario, count(*) AS cohort, count(*) FILTER (WHERE fates & 1 > 0) AS cohort_won,
    count(*) FILTER (WHERE fates & 2 > 0) AS cohort_lost,
    count(*) FILTER (WHERE fates & 4 > 0) AS cohort_open, $counted
  FROM walk
  WHERE (SELECT bool_and(created_at >= :since AND created_at < :until) FROM walk)
    OR subject IN (SELECT subject FROM walk GROUP BY subject
      HAVING min(created_at) >= :since AND min(created_at) < :until)
  GROUP BY scenario
),
entry AS (
  SELECT scenario, $entered FROM walk GROUP BY scenario
)
SELECT '' AS "group", * FROM cohort FULL JOIN entry USING (scenario) ORDER BY scenario
