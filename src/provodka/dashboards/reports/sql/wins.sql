, closed AS (
  SELECT scenario, grp,
    count(*) FILTER (WHERE stage_kind = 'won') AS won,
    count(*) FILTER (WHERE stage_kind = 'lost') AS lost,
    coalesce(sum(amount) FILTER (WHERE stage_kind = 'won' AND currency = 'RUB'), 0) AS won_amount,
    count(*) FILTER (WHERE stage_kind = 'won' AND currency <> 'RUB') AS foreign_won
  FROM closing GROUP BY scenario, grp
),
reopened AS (
  SELECT scenario, grp, count(*) AS reopened FROM reopening GROUP BY scenario, grp
),
started AS (
  SELECT scenario, grp, count(*) AS cohort,
    count(*) FILTER (WHERE kind = 'won') AS cohort_won,
    count(*) FILTER (WHERE kind = 'lost') AS cohort_lost,
    count(*) FILTER (WHERE kind = 'open') AS cohort_open
  FROM fate GROUP BY scenario, grp
)
SELECT scenario, grp AS "group", coalesce(won, 0) AS won, coalesce(lost, 0) AS lost,
  coalesce(won_amount, 0) AS won_amount, coalesce(foreign_won, 0) AS foreign_won,
  coalesce(reopened, 0) AS reopened, coalesce(cohort, 0) AS cohort,
  coalesce(cohort_won, 0) AS cohort_won, coalesce(cohort_lost, 0) AS cohort_lost,
  coalesce(cohort_open, 0) AS cohort_open
FROM closed FULL JOIN reopened USING (scenario, grp) FULL JOIN started USING (scenario, grp)
ORDER BY scenario, grp
