, happened AS (
  SELECT g.deal, g.exit_then, v.scenario, v.wanted,
    v.visit = min(v.visit) OVER (PARTITION BY v.deal, v.scenario)
      AND v.deal_created_at >= :since AND v.deal_created_at < :until AS created,
    v.entered_at >= :since AND v.entered_at < :until AS entered,
    v.stage_kind <> 'open' AND v.visit = max(v.visit) OVER (PARTITION BY v.deal)
      AND v.entered_at >= :since AND v.entered_at < :until AS closed
  FROM ended g JOIN seen v ON v.deal = g.deal
  WHERE CAST(:scenario AS text) IS NULL OR v.scenario = :scenario
)
SELECT scenario,
  count(DISTINCT deal) FILTER (WHERE created AND exit_then = 'deleted') AS created_deleted,
  count(DISTINCT deal) FILTER (WHERE created AND exit_then = 'merged') AS created_merged,
  count(DISTINCT deal) FILTER (WHERE entered AND exit_then = 'deleted') AS entered_deleted,
  count(DISTINCT deal) FILTER (WHERE entered AND exit_then = 'merged') AS entered_merged,
  count(DISTINCT deal) FILTER (WHERE closed AND exit_then = 'deleted') AS closed_deleted,
  count(DISTINCT deal) FILTER (WHERE closed AND exit_then = 'merged') AS closed_merged
FROM happened WHERE wanted GROUP BY scenario ORDER BY scenario
