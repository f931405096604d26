-- When each deal of the cohort first reached each step: a won end reaches all, a lost one none.
, reach AS (
  SELECT c.subject, c.scenario, c.grp, s.stage, s.step,
    min(v.entered_at) FILTER (WHERE v.stage_kind = 'won'
      OR (v.stage_kind = 'open' AND s.kind = 'open' AND v.rank >= s.rank)) AS reached_at,
    bool_or(v.stage = s.stage) AS visited
  FROM cohort c
  JOIN step s ON s.scenario = c.scenario
  JOIN live v ON v.subject = c.subject AND v.scenario = c.scenario
  GROUP BY c.subject, c.scenario, c.grp, s.stage, s.step
),
walk AS (
  SELECT r.*, lag(reached_at) OVER (PARTITION BY r.subject, r.scenario ORDER BY step) AS before_at,
    (t.scenario = r.scenario AND t.stage_kind = 'open' AND t.exit_then = 'open') AS is_open
  FROM reach r JOIN state t ON t.subject = r.subject
)
SELECT scenario, grp AS "group", stage,
  count(*) AS cohort,
  count(reached_at) AS reached,
  count(reached_at) FILTER (WHERE visited) AS visited,
  count(before_at) AS base,
  count(*) FILTER (WHERE before_at IS NOT NULL AND reached_at IS NULL AND is_open) AS pending,
  count(*) FILTER (WHERE before_at <= CAST(:as_of AS timestamptz) - CAST(:horizon AS interval))
    AS ripe,
  count(*) FILTER (WHERE before_at <= CAST(:as_of AS timestamptz) - CAST(:horizon AS interval)
    AND reached_at <= before_at + CAST(:horizon AS interval)) AS ripe_reached
FROM walk GROUP BY scenario, grp, stage ORDER BY scenario, grp, min(step)
