SELECT t.document, t.subject, coalesce(e.name, '') AS executor, t.state, t.original_due,
  t.counted_due, t.current_due, t.finished, t.delay
FROM told t LEFT JOIN report.employee_version e ON e.document = t.executor
  AND e.valid_from <= :as_of AND (e.valid_to IS NULL OR e.valid_to > :as_of)
WHERE t.state IN ('late', 'overdue')
ORDER BY t.delay DESC, t.counted_due, t.document LIMIT :most
