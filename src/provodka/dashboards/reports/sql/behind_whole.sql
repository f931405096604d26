, stay AS (
  SELECT subject, scenario, stage, entered_at, grp, wanted, amount,
    left_then IS NOT NULL AND exit_then NOT IN ('deleted', 'merged') AS ended,
    row_number() OVER (PARTITION BY subject, scenario, stage
      ORDER BY entered_at, deal, visit) AS nth
  FROM live WHERE stage_kind = 'open'
),
stood AS (
  SELECT subject, scenario, stage, min(entered_at) AS at, bool_and(ended) AS ended,
    min(amount) FILTER (WHERE nth = 1) AS amount, min(grp) FILTER (WHERE nth = 1) AS grp
  FROM stay GROUP BY subject, scenario, stage
  HAVING bool_or(wanted AND entered_at >= :since AND entered_at < :until) FILTER (WHERE nth = 1)
),
behind AS (
  SELECT n.nth, s.subject AS document, s.at, s.amount
  FROM stood s JOIN number n
    ON n.key_scenario = s.scenario AND n.key_stage = s.stage AND n.key_group = s.grp
  WHERE n.wanted = 'n' OR NOT s.ended
)
