SELECT coalesce(sum(d.amount), 0) AS amount, coalesce(sum(d.cash_due), 0) AS due,
  coalesce(sum(d.cash_taken), 0) AS taken, count(*) AS stops,
  (SELECT coalesce(sum(l.amount), 0) FROM done d JOIN crm.delivery_lines l ON l.delivery_id = d.id
   JOIN crm.product p ON p.id = l.product_id WHERE p.kind <> 'returnable') AS lines
FROM done d
