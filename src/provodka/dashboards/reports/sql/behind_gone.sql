, happened AS (
  SELECT l.deal, l.exit_then, l.left_then, l.amount, v.wanted,
    v.visit = min(v.visit) OVER (PARTITION BY v.deal, v.scenario)
      AND v.deal_created_at >= :since AND v.deal_created_at < :until AS created,
    v.entered_at >= :since AND v.entered_at < :until AS entered,
    v.stage_kind <> 'open' AND v.visit = max(v.visit) OVER (PARTITION BY v.deal)
      AND v.entered_at >= :since AND v.entered_at < :until AS closed, v.scenario
  FROM latest l JOIN seen v ON v.deal = l.deal WHERE l.exit_then IN ('deleted', 'merged')
    AND (CAST(:scenario AS text) IS NULL OR v.scenario = :scenario)
),
behind AS (
  SELECT DISTINCT deal AS document, left_then AS at, amount FROM happened
  WHERE wanted AND scenario = :key_scenario AND exit_then = split_part(:wanted, '_', 2)
    AND CASE split_part(:wanted, '_', 1)
      WHEN 'created' THEN created WHEN 'entered' THEN entered ELSE closed END
)
