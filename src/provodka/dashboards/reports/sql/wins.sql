, closed AS (
  SELECT scenario, grp,
    count(*) FILTER (WHERE stage_kind = 'won') AS won,
    count(*) FILTER (WHERE stage_kind = 'lost') AS lost,
    coalesce(sum(amount) FILTER (WHERE stage_kind = 'won' AND currency = 'RUB'), 0) AS won_amount,
    count(*) FILTER (WHERE stage_kind = 'won' AND currency <> 'RUB') AS foreign_won
  FROM state
  WHERE stage_kind <> 'open' AND exit_then = 'open' AND wanted
    AND entered_at >= :since AND entered_at < :until
    AND (CAST(:scenario AS text) IS NULL OR scenario = :scenario)
  GROUP BY scenario, grp
),
chain AS (
  SELECT scenario, grp, wanted, entered_at, stage_kind,
    lag(stage_kind) OVER own AS before_kind, lag(exit_then) OVER own AS before_exit
  FROM live WINDOW own AS (PARTITION BY deal ORDER BY visit)
),
reopened AS (
  SELECT scenario, grp, count(*) AS reopened FROM chain
  WHERE stage_kind = 'open' AND before_kind <> 'open' AND before_exit <> 'deleted'
    AND before_exit <> 'merged' AND wanted AND entered_at >= :since AND entered_at < :until
  GROUP BY scenario, grp
),
started AS (
  SELECT c.scenario, c.grp, count(*) AS cohort,
    count(*) FILTER (WHERE here AND t.stage_kind = 'won') AS cohort_won,
    count(*) FILTER (WHERE here AND t.stage_kind = 'lost') AS cohort_lost,
    count(*) FILTER (WHERE here AND t.stage_kind = 'open') AS cohort_open
  FROM cohort c JOIN state t ON t.subject = c.subject
  CROSS JOIN LATERAL (SELECT t.scenario = c.scenario AND t.exit_then = 'open' AS here) h
  GROUP BY c.scenario, c.grp
)
SELECT scenario, grp AS "group", coalesce(won, 0) AS won, coalesce(lost, 0) AS lost,
  coalesce(won_amount, 0) AS won_amount, coalesce(foreign_won, 0) AS foreign_won,
  coalesce(reopened, 0) AS reopened, coalesce(cohort, 0) AS cohort,
  coalesce(cohort_won, 0) AS cohort_won, coalesce(cohort_lost, 0) AS cohort_lost,
  coalesce(cohort_open, 0) AS cohort_open
FROM closed FULL JOIN reopened USING (scenario, grp) FULL JOIN started USING (scenario, grp)
ORDER BY scenario, grp
