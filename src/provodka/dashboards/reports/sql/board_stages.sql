SELECT c.scenario, c.grp AS "group", c.stage, count(*) AS deals,
  coalesce(sum(c.amount) FILTER (WHERE c.currency = 'RUB'), 0) AS amount,
  coalesce(sum(c.expected) FILTER (WHERE c.currency = 'RUB'), 0) AS expected,
  count(*) FILTER (WHERE c.late > 0) AS late, count(*) FILTER (WHERE c.idle) AS idle,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days) AS days
FROM card c LEFT JOIN step s ON s.scenario = c.scenario AND s.stage = c.stage
GROUP BY c.scenario, c.grp, c.stage, s.step ORDER BY c.scenario, c.grp, s.step
