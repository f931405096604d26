, behind AS (
  SELECT n.nth, c.deal AS document, c.entered_at AS at,
    CASE n.wanted WHEN 'expected' THEN c.expected ELSE c.amount END AS amount
  FROM card c JOIN number n
    ON n.key_scenario = c.scenario AND n.key_group = c.grp AND n.key_stage = c.stage
  WHERE CASE n.wanted
    WHEN 'late' THEN c.late > 0
    WHEN 'idle' THEN c.idle
    WHEN 'amount' THEN c.currency = 'RUB'
    WHEN 'expected' THEN c.currency = 'RUB' AND c.expected <> 0
    ELSE true END
)
