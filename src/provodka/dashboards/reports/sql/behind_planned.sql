, behind AS (
  SELECT n.nth, p.document, p.happened AS at, p.amount
  FROM part p JOIN number n ON n.key_document = p.plan::text AND n.key_basis = p.basis
)
