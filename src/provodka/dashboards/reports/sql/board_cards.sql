SELECT c.deal AS document, c.scenario, c.grp AS "group", c.stage, coalesce(d.number, c.deal::text) AS number,
  coalesce(d.title, '') AS title, coalesce(k.name, '') AS client, coalesce(e.name, '') AS manager,
  c.amount, c.expected, c.entered_at, c.days, c.due_at
FROM card c LEFT JOIN crm.deal d ON d.id = c.deal
LEFT JOIN report.client_version k ON k.document = c.client
  AND k.valid_from <= :as_of AND (k.valid_to IS NULL OR k.valid_to > :as_of)
LEFT JOIN report.employee_version e ON e.document = c.responsible
  AND e.valid_from <= :as_of AND (e.valid_to IS NULL OR e.valid_to > :as_of)
LEFT JOIN step s ON s.scenario = c.scenario AND s.stage = c.stage
ORDER BY c.scenario, c.grp, s.step, c.amount DESC, c.deal LIMIT :most
