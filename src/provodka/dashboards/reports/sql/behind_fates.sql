, behind AS (
  SELECT n.nth, c.subject AS document, b.created_at AS at, t.amount
  FROM cohort c JOIN number n ON n.key_scenario = c.scenario AND n.key_group = c.grp
  JOIN state t ON t.subject = c.subject JOIN born b ON b.subject = c.subject
  WHERE CASE n.wanted
    WHEN 'n' THEN true
    WHEN 'n_censored' THEN t.scenario <> c.scenario OR t.exit_then <> 'open'
      OR t.stage_kind = 'open'
    ELSE t.scenario = c.scenario AND t.exit_then = 'open'
      AND t.stage_kind = CASE n.wanted WHEN 'lost' THEN 'lost' ELSE 'won' END END
)
