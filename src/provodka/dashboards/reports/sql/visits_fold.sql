-- Visits begin and end where the stage of a deal changes; nothing ends before it began.
moved AS (
  SELECT *, lag(scenario) OVER own AS was_scenario, lag(stage) OVER own AS was_stage,
    lag(said) OVER own AS was_said
  FROM told WINDOW own AS (PARTITION BY deal ORDER BY id)
),
event AS (
  SELECT *, coalesce(base, CASE WHEN scenario IS NULL THEN 0 ELSE 1 END) AS step,
    -- A restored deal keeps its old time of entry, so only a change of that time counts.
    CASE WHEN scenario IS NOT NULL AND said IS DISTINCT FROM coalesce(was_said, known)
      THEN least(said, at) ELSE at END AS happened,
    CASE WHEN was_scenario <> scenario THEN 'transferred' ELSE ends END AS ending
  FROM moved
  WHERE base IS NOT NULL OR (scenario, stage) IS DISTINCT FROM (was_scenario, was_stage)
),
timed AS (
  SELECT *, sum(step) OVER so_far AS visit, max(happened) OVER so_far AS moment,
    lead(happened) OVER so_far AS next_happened, lead(ending) OVER so_far AS next_ending,
    lead(rank) OVER so_far AS next_rank
  FROM event WINDOW so_far AS (PARTITION BY deal ORDER BY id ROWS UNBOUNDED PRECEDING)
),
followed AS (
  SELECT *,
    CASE WHEN next_happened IS NOT NULL THEN greatest(moment, next_happened) END AS left_at,
    CASE WHEN next_happened IS NULL THEN 'open' WHEN next_ending LIKE 'merged%' THEN 'merged'
      WHEN next_ending IS NOT NULL THEN next_ending
      WHEN next_rank < rank THEN 'back' ELSE 'advanced' END AS exit,
    CASE WHEN next_ending LIKE 'merged%' THEN substr(next_ending, 7)::uuid END AS survived
  FROM timed WHERE scenario IS NOT NULL
)
