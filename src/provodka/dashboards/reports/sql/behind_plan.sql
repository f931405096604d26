, behind AS (
  SELECT n.nth, f.document, f.happened AS at, f.amount
  FROM fact f JOIN number n ON n.key_basis = f.basis AND n.key_group = $group
  WHERE f.happened >= :since AND f.happened < :until AND $wanted
)
