SELECT document, at, amount, whole, total FROM (
  SELECT document, at, amount, count(*) OVER () AS whole, sum(amount) OVER () AS total FROM behind
) b ORDER BY at DESC NULLS LAST, document LIMIT :most
