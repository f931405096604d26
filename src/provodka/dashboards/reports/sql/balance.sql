, chained AS (
  SELECT v.*, lead(visit) OVER own AS next_visit, lead(entered_at) OVER own AS next_entered,
    lag(visit) OVER own AS previous
  FROM seen v WINDOW own AS (PARTITION BY deal ORDER BY visit)
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
    OR (exit_then = 'open' AND next_visit IS NOT NULL)
    OR (exit_then IN ('advanced', 'back', 'won', 'lost')
        AND next_entered IS DISTINCT FROM left_then)
    OR next_entered < left_then) AS broken
FROM chained
WHERE entered_at >= :since AND entered_at < :until
  AND (CAST(:scenario AS text) IS NULL OR scenario = :scenario)
GROUP BY scenario, stage ORDER BY scenario, stage
