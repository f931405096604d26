SELECT scenario, grp AS "group", count(*) AS leads,
  count(*) FILTER (WHERE state = 'qualified') AS qualified,
  count(*) FILTER (WHERE state = 'lost') AS lost,
  count(*) FILTER (WHERE state = 'open') AS open,
  count(*) FILTER (WHERE state = 'open' AND late) AS overdue,
  count(*) FILTER (WHERE proposed) AS proposed,
  count(*) FILTER (WHERE proposed AND sent_at IS NOT NULL) AS sent
FROM lead GROUP BY scenario, grp ORDER BY scenario, grp
