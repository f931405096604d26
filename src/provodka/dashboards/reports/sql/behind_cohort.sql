-- One row for each deal of the cohort and each step: when it came there, and to the step before.
, behind AS (
  SELECT n.nth, t.subject AS document, b.created_at AS at, z.amount
  FROM told t CROSS JOIN LATERAL (VALUES $steps) x (step, reached_at, before_at, visited)
  JOIN step s ON s.scenario = t.scenario AND s.step = x.step
  JOIN number n ON n.key_scenario = t.scenario AND n.key_group = t.grp AND n.key_stage = s.stage
  JOIN born b ON b.subject = t.subject JOIN state z ON z.subject = t.subject
  WHERE CASE n.wanted
    WHEN 'cohort' THEN true
    WHEN 'visited' THEN x.reached_at IS NOT NULL AND x.visited
    WHEN 'skipped' THEN x.reached_at IS NOT NULL AND NOT x.visited
    WHEN 'pending' THEN x.before_at IS NOT NULL AND x.reached_at IS NULL AND t.is_open
    WHEN 'within' THEN x.before_at <= CAST(:as_of AS timestamptz) - CAST(:horizon AS interval)
      AND x.reached_at <= x.before_at + CAST(:horizon AS interval)
    ELSE x.reached_at IS NOT NULL END
)
