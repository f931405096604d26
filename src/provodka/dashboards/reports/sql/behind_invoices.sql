, behind AS (
  SELECT n.nth, t.document, t.happened AS at, CASE n.wanted
      WHEN 'paid_amount' THEN t.paid_amount
      WHEN 'paid_share' THEN t.paid_amount
      WHEN 'overdue_amount' THEN t.amount - t.paid_amount
      WHEN 'shipped_amount' THEN t.shipped_amount
      ELSE t.amount END AS amount
  FROM told t JOIN number n ON n.key_group = t.grp
  WHERE CASE n.wanted
    WHEN 'issued' THEN t.counts
    WHEN 'amount' THEN t.counts
    WHEN 'entered' THEN t.counts AND t.entered_at IS NOT NULL
    WHEN 'troubled' THEN t.counts AND t.accounting IN ('flagged', 'refused')
    WHEN 'paid' THEN t.counts AND t.paid
    WHEN 'partly' THEN t.counts AND t.partly
    WHEN 'unpaid' THEN t.counts AND NOT t.paid AND NOT t.partly
    WHEN 'paid_amount' THEN t.counts AND t.paid_amount <> 0
    WHEN 'paid_share' THEN t.counts AND t.paid_amount <> 0
    WHEN 'overdue' THEN t.counts AND t.overdue
    WHEN 'overdue_amount' THEN t.counts AND t.overdue
    WHEN 'shipped' THEN t.counts AND t.shipped
    WHEN 'shipped_amount' THEN t.counts AND t.shipped_amount <> 0
    WHEN 'deleted' THEN t.deleted
    WHEN 'unposted' THEN NOT t.deleted AND NOT t.posted
    WHEN 'foreign_invoices' THEN NOT t.deleted AND t.posted AND t.currency <> 'RUB'
    ELSE false END
)
