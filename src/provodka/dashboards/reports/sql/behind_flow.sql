, entry AS (
  SELECT subject, grp, wanted, entered_at, amount, stage, scenario,
    row_number() OVER (PARTITION BY subject, scenario, stage
      ORDER BY entered_at, deal, visit) AS nth
  FROM live
),
behind AS (
  SELECT subject AS document, entered_at AS at, amount FROM entry
  WHERE wanted AND entered_at >= :since AND entered_at < :until AND scenario = :key_scenario
    AND stage = :key_stage AND grp = :key_group AND (:wanted = 'again') = (nth > 1)
)
