-- Deals deleted or merged in the period, and what they were when they went.
SELECT l.deal, l.scenario, l.stage, l.exit_then, l.left_then AS at, l.amount, l.grp AS "group",
  d.number, d.title, s.number AS survivor,
  (SELECT x.origin FROM hub.delta x WHERE x.document = l.deal AND x.kind = 'deal' AND x.part = ''
    AND x.at >= l.left_then - interval '1 second' AND (x.after IS NULL
      OR x.after ->> 'deleted_at' IS NOT NULL) ORDER BY x.id LIMIT 1) AS origin
FROM latest l LEFT JOIN crm.deal d ON d.id = l.deal LEFT JOIN crm.deal s ON s.id = l.survivor
WHERE l.exit_then IN ('deleted', 'merged') AND l.wanted
  AND l.left_then >= :since AND l.left_then < :until
  AND (CAST(:scenario AS text) IS NULL OR l.scenario = :scenario)
ORDER BY l.left_then, l.deal
