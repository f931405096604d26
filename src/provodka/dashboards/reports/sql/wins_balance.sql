SELECT count(DISTINCT subject) AS closed FROM state
WHERE stage_kind IN ('won', 'lost') AND exit_then = 'open' AND wanted
  AND entered_at >= :since AND entered_at < :until
  AND (CAST(:scenario AS text) IS NULL OR scenario = :scenario)
