, chain AS (
  SELECT subject, scenario, grp, wanted, entered_at, stage_kind, amount,
    lag(stage_kind) OVER own AS before_kind, lag(exit_then) OVER own AS before_exit
  FROM live WINDOW own AS (PARTITION BY deal ORDER BY visit)
),
fate AS (
  SELECT c.subject, b.created_at, t.amount,
    CASE WHEN t.scenario = c.scenario AND t.exit_then = 'open' THEN t.stage_kind END AS kind
  FROM cohort c JOIN state t ON t.subject = c.subject JOIN born b ON b.subject = c.subject
  WHERE c.scenario = :key_scenario AND c.grp = :key_group
),
behind AS (
  SELECT subject AS document, entered_at AS at, amount FROM state
  WHERE :wanted IN ('won', 'lost', 'win_rate', 'won_amount')
    AND stage_kind = CASE :wanted WHEN 'lost' THEN 'lost' ELSE 'won' END
    AND (:wanted <> 'won_amount' OR currency = 'RUB')
    AND exit_then = 'open' AND wanted AND entered_at >= :since AND entered_at < :until
    AND scenario = :key_scenario AND grp = :key_group
  UNION ALL
  SELECT subject, entered_at, amount FROM chain
  WHERE :wanted = 'reopened' AND stage_kind = 'open' AND before_kind <> 'open'
    AND before_exit <> 'deleted' AND before_exit <> 'merged' AND wanted
    AND entered_at >= :since AND entered_at < :until
    AND scenario = :key_scenario AND grp = :key_group
  UNION ALL
  SELECT subject, created_at, amount FROM fate WHERE CASE :wanted
    WHEN 'cohort' THEN true
    WHEN 'cohort_won' THEN kind = 'won'
    WHEN 'cohort_rate' THEN kind = 'won'
    WHEN 'cohort_lost' THEN kind = 'lost'
    WHEN 'cohort_open' THEN kind = 'open'
    WHEN 'open_share' THEN kind = 'open'
    ELSE false END
)
