WITH RECURSIVE
-- Deals that the question is about, with those that they were merged with.
pair (deal, other) AS (
  SELECT deal, survivor FROM report.stage_visit WHERE survivor IS NOT NULL
  UNION SELECT survivor, deal FROM report.stage_visit WHERE survivor IS NOT NULL
),
touched (deal) AS (
  SELECT a.deal FROM ($asked) a
  UNION SELECT p.other FROM touched t JOIN pair p ON p.deal = t.deal
),
-- The visits as they stood at the instant: what began later is not there, what ended later is open.
seen AS $kept (
  SELECT v.deal, v.visit, v.scenario, v.stage, v.rank, v.stage_kind, v.entered_at, v.survivor,
    v.responsible, v.client, v.amount, v.currency, v.deal_created_at,
    CASE WHEN v.left_at <= :as_of THEN v.exit ELSE 'open' END AS exit_then,
    CASE WHEN v.left_at <= :as_of THEN v.left_at END AS left_then,
    $group AS grp, $wanted AS wanted
  FROM report.stage_visit v
  WHERE v.entered_at <= :as_of AND $touched
),
-- A visit that ended otherwise than these was followed by another.
latest AS MATERIALIZED (
  SELECT s.* FROM seen s WHERE s.left_then IS NULL
  UNION ALL
  SELECT s.* FROM seen s WHERE s.exit_then IN ('transferred', 'deleted', 'merged')
    AND NOT EXISTS (SELECT FROM seen n WHERE n.deal = s.deal AND n.visit = s.visit + 1)
),
-- Deals that are not there any more.
ended AS MATERIALIZED (
  SELECT v.deal, v.exit AS exit_then, v.survivor FROM report.stage_visit v
  WHERE v.exit IN ('deleted', 'merged') AND v.left_at <= :as_of AND v.entered_at <= :as_of
    AND $touched
    AND NOT EXISTS (SELECT FROM seen n WHERE n.deal = v.deal AND n.visit = v.visit + 1)
),
merged (deal, survivor) AS (
  SELECT deal, survivor FROM ended WHERE exit_then = 'merged'
  UNION
  SELECT m.deal, e.survivor FROM merged m JOIN ended e ON e.deal = m.survivor
  WHERE e.exit_then = 'merged'
),
-- Whose history theirs belongs to, if anybody's.
departed AS MATERIALIZED (
  SELECT e.deal, s.deal AS subject FROM ended e
  LEFT JOIN merged m JOIN seen s ON s.deal = m.survivor AND s.visit = 1
    AND s.deal NOT IN (SELECT deal FROM ended) ON m.deal = e.deal
),
subject AS (
  SELECT deal, deal AS subject FROM latest WHERE exit_then NOT IN ('deleted', 'merged')
  UNION ALL
  SELECT deal, subject FROM departed WHERE subject IS NOT NULL
),
live AS $kept (
  SELECT coalesce(g.subject, v.deal) AS subject, v.* FROM seen v LEFT JOIN departed g ON g.deal = v.deal
  WHERE (g.deal IS NULL OR g.subject IS NOT NULL)
    AND (CAST(:scenario AS text) IS NULL OR v.scenario = :scenario)
),
-- The state of each live deal: the last visit of the deal that survived.
state AS (
  SELECT deal AS subject, scenario, stage_kind, exit_then, entered_at, amount, currency, grp, wanted
  FROM latest WHERE exit_then NOT IN ('deleted', 'merged')
),
born AS (
  SELECT coalesce(g.subject, v.deal) AS subject, min(v.deal_created_at) AS created_at
  FROM seen v LEFT JOIN departed g ON g.deal = v.deal
  WHERE g.deal IS NULL OR g.subject IS NOT NULL GROUP BY 1
),
-- The deals created in the period, once per scenario, with what was true at their first entry.
cohort AS MATERIALIZED (
  SELECT f.* FROM ($first) f JOIN born b ON b.subject = f.subject
  WHERE f.wanted AND b.created_at >= :since AND b.created_at < :until
),
-- The stages as known at the instant, or as first known if the instant is earlier.
known AS (
  SELECT DISTINCT ON (o.scenario, o.stage) o.*
  FROM report.stage_order o
  JOIN (SELECT scenario, greatest(min(seen_at), :as_of) AS moment
        FROM report.stage_order GROUP BY scenario) m
    ON m.scenario = o.scenario AND o.seen_at <= m.moment
  WHERE CAST(:scenario AS text) IS NULL OR o.scenario = :scenario
  ORDER BY o.scenario, o.stage, o.seen_at DESC
),
step AS (
  SELECT scenario, stage, name, rank, kind,
    row_number() OVER (PARTITION BY scenario ORDER BY kind = 'won', rank, stage) AS step
  FROM known WHERE kind <> 'lost'
)
