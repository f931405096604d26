, stay AS (
  SELECT subject, entered_at, grp, wanted, amount,
    left_then IS NOT NULL AND exit_then NOT IN ('deleted', 'merged') AS ended,
    row_number() OVER (PARTITION BY subject ORDER BY entered_at, deal, visit) AS nth
  FROM live WHERE stage_kind = 'open' AND scenario = :key_scenario AND stage = :key_stage
),
behind AS (
  SELECT subject AS document, min(entered_at) AS at, min(amount) FILTER (WHERE nth = 1) AS amount
  FROM stay GROUP BY subject
  HAVING bool_or(wanted AND entered_at >= :since AND entered_at < :until) FILTER (WHERE nth = 1)
    AND min(grp) FILTER (WHERE nth = 1) = :key_group
    AND (:wanted = 'n' OR NOT bool_and(ended))
)
