, behind AS (
  SELECT n.nth, l.subject AS document, l.created_at AS at, CAST(NULL AS numeric) AS amount
  FROM lead l JOIN number n ON n.key_scenario = l.scenario AND n.key_group = l.grp
  WHERE CASE n.wanted
    WHEN 'leads' THEN true
    WHEN 'n_censored' THEN l.state = 'open'
    WHEN 'overdue' THEN l.state = 'open' AND l.late
    WHEN 'lost' THEN l.state = 'lost'
    ELSE l.state = 'qualified' END
)
