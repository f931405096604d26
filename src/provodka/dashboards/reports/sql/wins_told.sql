-- The last closes of the period, deals that were opened again in it, and how those created in it stand.
, closing AS (
  SELECT subject, scenario, grp, stage_kind, entered_at, amount, currency FROM state
  WHERE stage_kind <> 'open' AND exit_then = 'open' AND wanted
    AND entered_at >= :since AND entered_at < :until
    AND (CAST(:scenario AS text) IS NULL OR scenario = :scenario)
),
chain AS (
  SELECT subject, scenario, grp, wanted, entered_at, amount, stage_kind,
    lag(stage_kind) OVER own AS before_kind, lag(exit_then) OVER own AS before_exit
  FROM live WINDOW own AS (PARTITION BY deal ORDER BY visit)
),
reopening AS (
  SELECT subject, scenario, grp, entered_at, amount FROM chain
  WHERE stage_kind = 'open' AND before_kind <> 'open' AND before_exit <> 'deleted'
    AND before_exit <> 'merged' AND wanted AND entered_at >= :since AND entered_at < :until
),
fate AS (
  SELECT c.subject, c.scenario, c.grp, t.amount,
    CASE WHEN t.scenario = c.scenario AND t.exit_then = 'open' THEN t.stage_kind END AS kind
  FROM cohort c JOIN state t ON t.subject = c.subject
)
