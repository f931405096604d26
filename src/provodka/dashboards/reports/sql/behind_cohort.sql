-- One row for each deal of the cohort and each step: when it came there, and to the step before.
, reached AS MATERIALIZED (
  SELECT t.subject, t.scenario, t.grp, t.is_open, x.*
  FROM told t CROSS JOIN LATERAL (VALUES $steps) x (step, reached_at, before_at, visited)
),
behind AS (
  SELECT n.nth, r.subject AS document, b.created_at AS at, z.amount
  FROM reached r JOIN step s ON s.scenario = r.scenario AND s.step = r.step
  JOIN number n ON n.key_scenario = r.scenario AND n.key_group = r.grp AND n.key_stage = s.stage
  JOIN born b ON b.subject = r.subject JOIN state z ON z.subject = r.subject
  WHERE CASE n.wanted
    WHEN 'cohort' THEN true
    WHEN 'visited' THEN r.reached_at IS NOT NULL AND r.visited
    WHEN 'skipped' THEN r.reached_at IS NOT NULL AND NOT r.visited
    WHEN 'pending' THEN r.before_at IS NOT NULL AND r.reached_at IS NULL AND r.is_open
    WHEN 'within' THEN r.before_at <= CAST(:as_of AS timestamptz) - CAST(:horizon AS interval)
      AND r.reached_at <= r.before_at + CAST(:horizon AS interval)
    ELSE r.reached_at IS NOT NULL END
)
