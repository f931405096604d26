, stay AS MATERIALIZED (
  SELECT v.subject, v.scenario, v.stage, v.grp, v.wanted, v.entered_at,
    coalesce(v.left_then, :as_of) AS until_at,
    v.left_then IS NOT NULL AND v.exit_then NOT IN ('deleted', 'merged') AS ended,
    CASE WHEN e.calendar = ANY (CAST(:zone_code AS text[])) THEN e.calendar ELSE '' END AS code,
    row_number() OVER (PARTITION BY v.subject, v.scenario, v.stage
      ORDER BY v.entered_at, v.deal, v.visit) AS nth
  FROM live v
  LEFT JOIN report.employee_version e ON e.document = v.responsible
    AND e.valid_from <= v.entered_at AND (e.valid_to IS NULL OR e.valid_to > v.entered_at)
  WHERE v.stage_kind = 'open'
),
timed AS MATERIALIZED (
  SELECT s.*, extract(epoch FROM until_at - entered_at) AS wall,
    $worked(s.entered_at, s.until_at, s.code) AS working
  FROM stay s
),
-- All visits of one deal to one stage together, told by the first of them.
whole AS MATERIALIZED (
  SELECT scenario, stage, subject, min(grp) FILTER (WHERE nth = 1) AS grp,
    sum(wall) AS wall, sum(working) AS working, bool_and(ended) AS ended
  FROM timed GROUP BY scenario, stage, subject
  HAVING bool_or(wanted AND entered_at >= :since AND entered_at < :until) FILTER (WHERE nth = 1)
),
sample AS (
  SELECT t.scenario, t.stage, t.grp, m.measure, round(m.length)::bigint AS length, t.ended
  FROM timed t CROSS JOIN LATERAL (
    VALUES ('visit wall', t.wall::float8), ('visit working', t.working)) AS m (measure, length)
  WHERE t.wanted AND t.entered_at >= :since AND t.entered_at < :until
  UNION ALL
  SELECT w.scenario, w.stage, w.grp, m.measure, round(m.length)::bigint, w.ended
  FROM whole w CROSS JOIN LATERAL (
    VALUES ('whole wall', w.wall::float8), ('whole working', w.working)) AS m (measure, length)
),
counted AS (
  SELECT scenario, grp, stage, measure, length,
    count(*) FILTER (WHERE ended) AS ended, count(*) FILTER (WHERE NOT ended) AS censored
  FROM sample GROUP BY scenario, grp, stage, measure, length
)
SELECT scenario, grp AS "group", stage, measure,
  array_agg(length ORDER BY length) AS times,
  array_agg(ended ORDER BY length) AS ended,
  array_agg(censored ORDER BY length) AS censored
FROM counted GROUP BY scenario, grp, stage, measure ORDER BY scenario, grp, stage, measure
