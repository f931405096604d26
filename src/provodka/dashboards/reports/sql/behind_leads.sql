, behind AS (
  SELECT subject AS document, created_at AS at, CAST(NULL AS numeric) AS amount FROM lead
  WHERE scenario = :key_scenario AND grp = :key_group AND CASE :wanted
    WHEN 'leads' THEN true
    WHEN 'n_censored' THEN state = 'open'
    WHEN 'overdue' THEN state = 'open' AND late
    WHEN 'lost' THEN state = 'lost'
    ELSE state = 'qualified' END
)
