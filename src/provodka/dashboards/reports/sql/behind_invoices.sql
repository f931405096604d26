, behind AS (
  SELECT document, happened AS at, CASE :wanted
      WHEN 'paid_amount' THEN paid_amount
      WHEN 'paid_share' THEN paid_amount
      WHEN 'overdue_amount' THEN amount - paid_amount
      WHEN 'shipped_amount' THEN shipped_amount
      ELSE amount END AS amount
  FROM told
  WHERE grp = :key_group AND CASE :wanted
    WHEN 'issued' THEN counts
    WHEN 'amount' THEN counts
    WHEN 'entered' THEN counts AND entered_at IS NOT NULL
    WHEN 'troubled' THEN counts AND accounting IN ('flagged', 'refused')
    WHEN 'paid' THEN counts AND paid
    WHEN 'partly' THEN counts AND partly
    WHEN 'unpaid' THEN counts AND NOT paid AND NOT partly
    WHEN 'paid_amount' THEN counts AND paid_amount <> 0
    WHEN 'paid_share' THEN counts AND paid_amount <> 0
    WHEN 'overdue' THEN counts AND overdue
    WHEN 'overdue_amount' THEN counts AND overdue
    WHEN 'shipped' THEN counts AND shipped
    WHEN 'shipped_amount' THEN counts AND shipped_amount <> 0
    WHEN 'deleted' THEN deleted
    WHEN 'unposted' THEN NOT deleted AND NOT posted
    WHEN 'foreign_invoices' THEN NOT deleted AND posted AND currency <> 'RUB'
    ELSE false END
)
