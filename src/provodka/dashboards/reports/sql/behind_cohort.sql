, goal AS (
  SELECT * FROM step WHERE scenario = :key_scenario AND stage = :key_stage
),
-- When each deal of the cohort reached the stage, and the one before it.
reach AS (
  SELECT c.subject, s.step = g.step AS here,
    min(v.entered_at) FILTER (WHERE v.stage_kind = 'won'
      OR (v.stage_kind = 'open' AND s.kind = 'open' AND v.rank >= s.rank)) AS reached_at,
    bool_or(v.stage = s.stage) AS visited
  FROM cohort c CROSS JOIN goal g
  JOIN step s ON s.scenario = c.scenario AND s.step IN (g.step, g.step - 1)
  JOIN live v ON v.subject = c.subject AND v.scenario = c.scenario
  WHERE c.scenario = :key_scenario AND c.grp = :key_group
  GROUP BY c.subject, s.step, g.step
),
walk AS (
  SELECT h.subject, h.reached_at, h.visited, b.reached_at AS before_at,
    t.scenario = :key_scenario AND t.stage_kind = 'open' AND t.exit_then = 'open' AS is_open,
    t.amount, n.created_at
  FROM reach h JOIN state t ON t.subject = h.subject JOIN born n ON n.subject = h.subject
  LEFT JOIN reach b ON b.subject = h.subject AND NOT b.here
  WHERE h.here
),
behind AS (
  SELECT subject AS document, created_at AS at, amount FROM walk WHERE CASE :wanted
    WHEN 'cohort' THEN true
    WHEN 'visited' THEN reached_at IS NOT NULL AND visited
    WHEN 'skipped' THEN reached_at IS NOT NULL AND NOT visited
    WHEN 'pending' THEN before_at IS NOT NULL AND reached_at IS NULL AND is_open
    WHEN 'within' THEN before_at <= CAST(:as_of AS timestamptz) - CAST(:horizon AS interval)
      AND reached_at <= before_at + CAST(:horizon AS interval)
    ELSE reached_at IS NOT NULL END
)
