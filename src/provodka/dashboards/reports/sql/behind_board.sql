, behind AS (
  SELECT c.deal AS document, c.entered_at AS at, c.amount FROM card c
  WHERE c.scenario = :key_scenario AND c.grp = :key_group AND c.stage = :key_stage
    AND CASE :wanted
      WHEN 'late' THEN c.late > 0
      WHEN 'idle' THEN c.due_at IS NULL
      WHEN 'amount' THEN c.currency = 'RUB'
      ELSE true END
)
