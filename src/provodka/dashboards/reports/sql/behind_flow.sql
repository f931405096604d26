, entry AS (
  SELECT subject, grp, wanted, entered_at, amount, stage, scenario,
    row_number() OVER (PARTITION BY subject, scenario, stage
      ORDER BY entered_at, deal, visit) AS nth
  FROM live
),
behind AS (
  SELECT n.nth, e.subject AS document, e.entered_at AS at, e.amount
  FROM entry e JOIN number n
    ON n.key_scenario = e.scenario AND n.key_stage = e.stage AND n.key_group = e.grp
  WHERE e.wanted AND e.entered_at >= :since AND e.entered_at < :until
    AND (n.wanted = 'again') = (e.nth > 1)
)
