SELECT
  (SELECT coalesce(sum(amount), 0) FROM report.shipment_version
   WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
     AND (deleted_at IS NULL OR deleted_at > :as_of) AND posted AND currency = 'RUB'
     AND date <= :as_of AND date >= :since AND date < :until) AS shipped,
  (SELECT coalesce(sum(amount), 0) FROM report.payment_version
   WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
     AND (deleted_at IS NULL OR deleted_at > :as_of) AND posted AND currency = 'RUB'
     AND date <= :as_of AND date >= :since AND date < :until) AS paid,
  (SELECT count(*) FROM (
    SELECT valid_from, valid_to, deleted_at, posted, currency, date FROM report.shipment_version
    UNION ALL
    SELECT valid_from, valid_to, deleted_at, posted, currency, date FROM report.payment_version) v
   WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
     AND (deleted_at IS NULL OR deleted_at > :as_of) AND posted AND currency <> 'RUB'
     AND date <= :as_of AND date >= :since AND date < :until) AS in_others
