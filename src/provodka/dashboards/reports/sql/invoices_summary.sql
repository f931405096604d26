SELECT grp AS "group", count(*) FILTER (WHERE counts) AS issued,
  coalesce(sum(amount) FILTER (WHERE counts), 0) AS amount,
  count(entered_at) FILTER (WHERE counts) AS entered,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY entered_hours) FILTER (WHERE counts)
    AS entered_median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY entered_hours) FILTER (WHERE counts) AS entered_p90,
  count(*) FILTER (WHERE counts AND accounting IN ('flagged', 'refused')) AS troubled,
  count(*) FILTER (WHERE counts AND paid) AS paid,
  count(*) FILTER (WHERE counts AND partly) AS partly,
  count(*) FILTER (WHERE counts AND NOT paid AND NOT partly) AS unpaid,
  coalesce(sum(paid_amount) FILTER (WHERE counts), 0) AS paid_amount,
  count(*) FILTER (WHERE counts AND overdue) AS overdue,
  coalesce(sum(amount - paid_amount) FILTER (WHERE counts AND overdue), 0) AS overdue_amount,
  count(*) FILTER (WHERE counts AND shipped) AS shipped,
  coalesce(sum(shipped_amount) FILTER (WHERE counts), 0) AS shipped_amount,
  count(*) FILTER (WHERE deleted) AS deleted,
  count(*) FILTER (WHERE NOT deleted AND NOT posted) AS unposted,
  count(*) FILTER (WHERE NOT deleted AND posted AND currency <> 'RUB') AS foreign_invoices
FROM told GROUP BY grp
