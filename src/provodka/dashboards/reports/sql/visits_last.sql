-- Where each deal stood before them: its last visit, as if it were the first of the changes.
INSERT INTO told (deal, id, scenario, stage, rank, base, at)
SELECT v.deal, -1, CASE WHEN v.left_at IS NULL THEN v.scenario END,
  CASE WHEN v.left_at IS NULL THEN v.stage END, v.rank, v.visit, coalesce(v.left_at, v.entered_at)
FROM (SELECT DISTINCT deal FROM told) t
CROSS JOIN LATERAL (SELECT * FROM report.stage_visit s WHERE s.deal = t.deal
  ORDER BY s.visit DESC LIMIT 1) v
