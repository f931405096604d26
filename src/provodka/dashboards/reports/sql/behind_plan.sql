, behind AS (
  SELECT f.document, f.happened AS at, f.amount FROM fact f
  WHERE f.basis = :key_basis AND $group = :key_group AND f.happened >= :since
    AND f.happened < :until AND $wanted
)
