, behind AS (
  SELECT n.nth, s.deal AS document, s.entered_at AS at, s.amount
  FROM seen s JOIN number n ON n.key_scenario = s.scenario AND n.key_stage = s.stage
  WHERE s.entered_at >= :since AND s.entered_at < :until
    AND (n.wanted = 'entries' OR s.exit_then = n.wanted)
)
