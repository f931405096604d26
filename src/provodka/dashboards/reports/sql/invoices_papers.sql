-- Invoices whose paid or shipped sum is not that of their own payments and shipments.
SELECT i.number FROM crm.invoice i
WHERE i.date >= :since AND i.date < :until
  AND (i.paid_amount <> crm.paid(i.id) OR i.shipped_amount <> crm.shipped(i.id))
ORDER BY i.number LIMIT 20
