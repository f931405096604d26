, behind AS (
  SELECT subject AS document, created_at AS at, CAST(NULL AS numeric) AS amount FROM lead
  WHERE scenario = :key_scenario AND grp = :key_group AND CASE :wanted
    WHEN 'proposed' THEN proposed
    WHEN 'sent' THEN proposed AND sent_at IS NOT NULL
    WHEN 'n_censored' THEN proposed AND sent_at IS NULL
    ELSE NOT proposed END
)
