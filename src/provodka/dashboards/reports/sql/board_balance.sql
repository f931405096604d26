SELECT count(*) AS open FROM seen
WHERE left_then IS NULL AND stage_kind = 'open' AND wanted
  AND (CAST(:scenario AS text) IS NULL OR scenario = :scenario)
