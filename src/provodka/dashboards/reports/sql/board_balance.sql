SELECT count(*) AS open FROM report.stage_visit v
WHERE v.entered_at <= :as_of AND (v.left_at IS NULL OR v.left_at > :as_of) AND v.stage_kind = 'open'
  AND $wanted AND (CAST(:scenario AS text) IS NULL OR v.scenario = :scenario)
