-- What accounting has, where it is not what we have: by an open question, else as last agreed.
, theirs AS (
  SELECT i.id, i.number, i.date, i.client_id, i.amount, i.accounting_note,
    coalesce(
      (SELECT (c.theirs #>> '{}')::numeric FROM hub.conflict c
       WHERE c.document = i.id AND c.kind = 'invoice' AND c.field = 'amount'
         AND c.resolved_at IS NULL AND c.theirs #>> '{}' ~ '^-?[0-9]+([.][0-9]+)?$' LIMIT 1),
      (SELECT (b.snapshot ->> 'amount')::numeric FROM hub.binding b
       WHERE b.kind = 'invoice' AND b.document = i.id
         AND b.snapshot ->> 'amount' ~ '^-?[0-9]+([.][0-9]+)?$' LIMIT 1)) AS their_amount
  FROM told f JOIN crm.invoice i ON i.id = f.document
  WHERE i.date <= :as_of AND i.deleted_at IS NULL
)
SELECT t.id AS document, t.number, t.date, coalesce(k.name, '') AS client, t.amount, t.their_amount,
  t.amount - t.their_amount AS difference, coalesce(t.accounting_note, '') AS note
FROM theirs t LEFT JOIN crm.client k ON k.id = t.client_id
WHERE t.amount <> t.their_amount
ORDER BY t.date, t.number, t.id LIMIT :most
