, behind AS (
  SELECT n.nth, l.subject AS document, l.created_at AS at, CAST(NULL AS numeric) AS amount
  FROM lead l JOIN number n ON n.key_scenario = l.scenario AND n.key_group = l.grp
  WHERE CASE n.wanted
    WHEN 'proposed' THEN l.proposed
    WHEN 'sent' THEN l.proposed AND l.sent_at IS NOT NULL
    WHEN 'n_censored' THEN l.proposed AND l.sent_at IS NULL
    ELSE NOT l.proposed END
)
