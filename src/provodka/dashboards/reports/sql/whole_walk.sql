-- How far up each deal came and when it first stood on each stage: one row for each scenario.
, climb AS (
  SELECT v.subject, v.scenario, v.entered_at, v.deal_created_at, p.place AS stands,
    CASE WHEN v.exit_then = 'open' THEN v.stage_kind END AS kind_now,
    CASE v.stage_kind WHEN 'won' THEN coalesce(l.steps, 0)
      WHEN 'open' THEN coalesce(width_bucket(v.rank, l.ranks), 0) ELSE 0 END AS height
  FROM live v
  LEFT JOIN jsonb_to_recordset(CAST(:ladders AS jsonb)) AS l (scenario text, steps integer,
    ranks integer[]) ON l.scenario = v.scenario
  LEFT JOIN (SELECT e ->> 0 AS scenario, e ->> 1 AS stage, (e ->> 2)::integer AS place
    FROM jsonb_array_elements(CAST(:places AS jsonb)) e) p
    ON p.scenario = v.scenario AND p.stage = v.stage
),
walk AS MATERIALIZED (
  SELECT subject, scenario, min(deal_created_at) AS created_at,
    bool_or(kind_now = 'won') IS TRUE AS is_won, bool_or(kind_now = 'lost') IS TRUE AS is_lost,
    bool_or(kind_now = 'open') IS TRUE AS is_open,
    min(CAST(NULL AS timestamptz)) AS r0, $walked
  FROM climb GROUP BY subject, scenario
),
-- Nobody has to be looked for by scenario as long as all were created in the period.
cohort AS (
  SELECT scenario, count(*) AS cohort, count(*) FILTER (WHERE is_won) AS cohort_won,
    count(*) FILTER (WHERE is_lost) AS cohort_lost, count(*) FILTER (WHERE is_open) AS cohort_open,
    $counted
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
