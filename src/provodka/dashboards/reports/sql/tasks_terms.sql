-- How many tasks have any term at the instant, and how many terms count: one each.
WITH seen AS (
  SELECT document, due_at, delta, valid_to FROM report.task_version
  WHERE valid_from <= :as_of AND due_at IS NOT NULL
)
SELECT (SELECT count(DISTINCT document) FROM seen) AS tasks,
  (SELECT count(DISTINCT document) FROM seen
   WHERE due_at < CASE WHEN valid_to <= :as_of THEN valid_to ELSE 'infinity' END) AS terms
