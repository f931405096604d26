-- The balance of every stage, and what the same visits say of flow and of closed deals.
, chained AS (
  SELECT v.*, lead(entered_at) OVER own AS next_entered, lag(visit) OVER own AS previous,
    lag(stage_kind <> 'open' AND exit_then NOT IN ('deleted', 'merged')) OVER own AS was_closed,
    g.deal IS NULL OR g.subject IS NOT NULL AS lives
  FROM seen v LEFT JOIN departed g ON g.deal = v.deal
  WINDOW own AS (PARTITION BY v.deal ORDER BY visit)
)
SELECT scenario, stage, count(*) AS entries,
  count(*) FILTER (WHERE exit_then = 'advanced') AS advanced,
  count(*) FILTER (WHERE exit_then = 'back') AS back,
  count(*) FILTER (WHERE exit_then = 'won') AS won,
  count(*) FILTER (WHERE exit_then = 'lost') AS lost,
  count(*) FILTER (WHERE exit_then = 'transferred') AS transferred,
  count(*) FILTER (WHERE exit_then = 'deleted') AS deleted,
  count(*) FILTER (WHERE exit_then = 'merged') AS merged,
  count(*) FILTER (WHERE exit_then = 'open') AS open,
  count(*) FILTER (WHERE
    visit <> coalesce(previous, 0) + 1
    OR (exit_then = 'open') <> (left_then IS NULL)
    OR (exit_then = 'open' AND next_entered IS NOT NULL)
    OR (exit_then IN ('advanced', 'back', 'won', 'lost')
        AND next_entered IS DISTINCT FROM left_then)
    OR next_entered < left_then) AS broken,
  count(*) FILTER (WHERE lives) AS lived,
  count(*) FILTER (WHERE exit_then = 'open' AND stage_kind = 'won') AS stays_won,
  count(*) FILTER (WHERE exit_then = 'open' AND stage_kind = 'lost') AS stays_lost,
  coalesce(sum(amount) FILTER (WHERE exit_then = 'open' AND stage_kind = 'won'
    AND currency = 'RUB'), 0) AS won_amount,
  count(*) FILTER (WHERE exit_then = 'open' AND stage_kind = 'won' AND currency <> 'RUB')
    AS foreign_won,
  count(*) FILTER (WHERE stage_kind = 'open' AND was_closed AND lives) AS reopened
FROM chained
WHERE entered_at >= :since AND entered_at < :until
GROUP BY scenario, stage ORDER BY scenario, stage
