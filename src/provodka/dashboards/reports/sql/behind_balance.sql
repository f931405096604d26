, behind AS (
  SELECT deal AS document, entered_at AS at, amount FROM seen
  WHERE entered_at >= :since AND entered_at < :until
    AND scenario = :key_scenario AND stage = :key_stage
    AND (:wanted = 'entries' OR exit_then = :wanted)
)
