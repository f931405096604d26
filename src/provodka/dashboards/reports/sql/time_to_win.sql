, left_scenario AS (
  SELECT subject, scenario, max(left_then) AS at FROM live GROUP BY subject, scenario
),
fate AS (
  SELECT c.scenario, c.grp, b.created_at,
    CASE WHEN t.scenario = c.scenario AND t.exit_then = 'open' THEN t.stage_kind ELSE 'open' END
      AS kind,
    CASE WHEN t.scenario <> c.scenario THEN l.at
      WHEN t.stage_kind <> 'open' AND t.exit_then = 'open' THEN t.entered_at
      ELSE :as_of END AS until_at
  FROM cohort c JOIN state t ON t.subject = c.subject JOIN born b ON b.subject = c.subject
  JOIN left_scenario l ON l.subject = c.subject AND l.scenario = c.scenario
),
counted AS (
  SELECT scenario, grp,
    greatest(0, round(extract(epoch FROM until_at - created_at)))::bigint AS length,
    count(*) FILTER (WHERE kind = 'won') AS won,
    count(*) FILTER (WHERE kind = 'lost') AS lost,
    count(*) FILTER (WHERE kind = 'open') AS censored
  FROM fate GROUP BY 1, 2, 3
)
SELECT scenario, grp AS "group",
  array_agg(length ORDER BY length) AS times,
  array_agg(won ORDER BY length) AS won,
  array_agg(lost ORDER BY length) AS lost,
  array_agg(censored ORDER BY length) AS censored
FROM counted GROUP BY scenario, grp ORDER BY scenario, grp
