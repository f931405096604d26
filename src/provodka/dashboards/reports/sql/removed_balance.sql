SELECT count(*) FILTER (WHERE l.exit_then IN ('deleted', 'merged')) AS gone,
  count(*) FILTER (WHERE s.deal IS NULL) AS excluded,
  count(*) FILTER (WHERE l.exit_then = 'merged' AND s.deal IS NOT NULL) AS united
FROM latest l LEFT JOIN subject s ON s.deal = l.deal
