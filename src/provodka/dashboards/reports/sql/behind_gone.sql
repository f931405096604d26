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
  SELECT DISTINCT n.nth, h.deal AS document, h.left_then AS at, h.amount
  FROM happened h JOIN number n ON n.key_scenario = h.scenario
    AND h.exit_then = split_part(n.wanted, '_', 2)
  WHERE h.wanted AND CASE split_part(n.wanted, '_', 1)
    WHEN 'created' THEN h.created WHEN 'entered' THEN h.entered ELSE h.closed END
)
