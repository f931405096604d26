-- Visits begin and end where the stage of a deal changes; nothing ends before it began.
WITH moved AS (
  SELECT *, lag(here) OVER own AS was_here, lag(scenario) OVER own AS was_scenario,
    lag(stage) OVER own AS was_stage, lag(id) OVER own AS was, lag(said) OVER own AS was_said
  FROM told WINDOW own AS (PARTITION BY deal ORDER BY id)
),
event AS (
  SELECT *, coalesce(base, CASE WHEN here THEN 1 ELSE 0 END) AS step,
    CASE WHEN base IS NOT NULL THEN until
      WHEN NOT here THEN least(deleted_at, at)
      -- A restored deal keeps its old time of entry, so only a change of that time counts.
      WHEN said <> '' AND said IS DISTINCT FROM CASE WHEN was > 0 THEN was_said ELSE known END
        THEN least(said::timestamptz, at)
      ELSE at END AS happened
  FROM moved WHERE base IS NOT NULL OR CASE WHEN here
    THEN was_here IS NOT TRUE OR (scenario, stage) IS DISTINCT FROM (was_scenario, was_stage)
    ELSE was_here END
),
timed AS (
  SELECT *, sum(step) OVER so_far AS visit, max(happened) OVER so_far AS moment
  FROM event WINDOW so_far AS (PARTITION BY deal ORDER BY id ROWS UNBOUNDED PRECEDING)
),
followed AS (
  SELECT *, lead(moment) OVER own AS left_at,
    CASE WHEN lead(here) OVER own IS NULL THEN 'open'
      WHEN lead(here) OVER own THEN CASE WHEN lead(scenario) OVER own <> scenario THEN 'transferred'
        WHEN lead(kind) OVER own <> 'open' THEN lead(kind) OVER own
        WHEN lead(rank) OVER own < rank THEN 'back' ELSE 'advanced' END
      WHEN lead(deleted_at) OVER own IS NOT NULL
        THEN CASE WHEN lead(survivor) OVER own IS NULL THEN 'deleted' ELSE 'merged' END
      WHEN lead(op) OVER own = 'delete' THEN 'deleted'
      ELSE 'transferred' END AS exit,
    CASE WHEN NOT lead(here) OVER own AND lead(deleted_at) OVER own IS NOT NULL
      THEN lead(survivor) OVER own END AS survived
  FROM timed WINDOW own AS (PARTITION BY deal ORDER BY id)
)
