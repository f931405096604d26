-- What became of the visits of every stage, with those that do not fit their deal's chain.
, chained AS (
  SELECT v.*, lead(entered_at) OVER own AS next_entered, lag(visit) OVER own AS previous,
    lag(stage_kind <> 'open' AND exit_then NOT IN ('deleted', 'merged')) OVER own AS was_closed,
    g.deal IS NULL OR g.subject IS NOT NULL AS lives
  FROM seen v LEFT JOIN departed g ON g.deal = v.deal
  WINDOW own AS (PARTITION BY v.deal ORDER BY visit)
)
SELECT scenario, stage, stage_kind, exit_then, count(*) AS visits,
  count(*) FILTER (WHERE visit <> coalesce(previous, 0) + 1 OR CASE exit_then
    WHEN 'open' THEN left_then IS NOT NULL OR next_entered IS NOT NULL
    ELSE left_then IS NULL OR next_entered < left_then
      OR (next_entered IS DISTINCT FROM left_then
        AND exit_then IN ('advanced', 'back', 'won', 'lost')) END) AS broken,
  count(*) FILTER (WHERE lives) AS lived,
  count(*) FILTER (WHERE was_closed AND lives AND stage_kind = 'open') AS reopened,
  coalesce(sum(amount) FILTER (WHERE left_then IS NULL AND currency = 'RUB'), 0) AS roubles,
  count(*) FILTER (WHERE left_then IS NULL AND currency <> 'RUB') AS in_others
FROM chained
WHERE entered_at >= :since AND entered_at < :until
GROUP BY scenario, stage, stage_kind, exit_then ORDER BY scenario, stage
