-- The same sums, straight from the versions; and payments that do not add up to what is kept.
SELECT count(*) AS issued, coalesce(sum(amount), 0) AS amount
FROM report.invoice_version
WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
  AND (deleted_at IS NULL OR deleted_at > :as_of) AND posted AND currency = 'RUB'
  AND date >= :since AND date < :until
