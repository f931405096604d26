SELECT coalesce(sum(s.amount) FILTER (WHERE s.currency = 'RUB'), 0) AS amount,
  count(*) FILTER (WHERE s.currency <> 'RUB') AS in_others,
  array_agg(s.number ORDER BY s.date) FILTER (WHERE s.currency = 'RUB'
    AND s.amount <> coalesce((SELECT sum(f.amount) FROM f WHERE f.shipment = s.id), 0)) AS odd
FROM crm.shipment s
WHERE s.posted AND s.date >= :since AND s.date < :until AND s.date <= :as_of
  AND (s.deleted_at IS NULL OR s.deleted_at > :as_of)
