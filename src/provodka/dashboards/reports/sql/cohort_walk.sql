-- How far up the funnel each visit reaches: a won end reaches all steps, a lost one none.
, ladder AS (
  SELECT scenario, count(*) AS steps, array_agg(stage ORDER BY step) AS stages,
    coalesce(array_agg(rank ORDER BY step) FILTER (WHERE kind = 'open'), '{}') AS ranks
  FROM step GROUP BY scenario
),
climb AS (
  SELECT v.subject, v.scenario, v.entered_at, array_position(l.stages, v.stage) AS stands,
    CASE v.stage_kind WHEN 'won' THEN l.steps
      WHEN 'open' THEN coalesce(width_bucket(v.rank, l.ranks), 0) ELSE 0 END AS height
  FROM live v JOIN ladder l ON l.scenario = v.scenario
),
walk AS (
  SELECT subject, scenario, CAST(NULL AS timestamptz) AS r0, $reached
  FROM climb GROUP BY subject, scenario
),
-- Once, whatever the planner believes of its size: many numbers may ask for it together.
told AS MATERIALIZED (
  SELECT c.grp, w.*, t.scenario IS NOT DISTINCT FROM c.scenario AND t.stage_kind = 'open'
    AND t.exit_then = 'open' AS is_open
  FROM cohort c JOIN walk w ON w.subject = c.subject AND w.scenario = c.scenario
  LEFT JOIN state t ON t.subject = c.subject
)
