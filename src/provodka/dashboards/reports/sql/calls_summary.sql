SELECT direction, $group AS grp, $group AS "group", count(*) AS calls,
  count(*) FILTER (WHERE outcome = 'answered') AS answered,
  count(*) FILTER (WHERE outcome = 'missed') AS missed,
  count(*) FILTER (WHERE outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE outcome IN ('busy', 'failed')) AS other,
  count(*) FILTER (WHERE direction = 'incoming' AND outcome IN ('missed', 'abandoned')) AS unheard,
  count(back_at) AS called_back,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS wait_median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS wait_p90,
  sum(talk_seconds) / 3600.0 AS talk_hours,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY talk_seconds) FILTER (WHERE outcome = 'answered')
    AS talk_median
FROM facts f WHERE $wanted GROUP BY direction, grp ORDER BY direction, grp
