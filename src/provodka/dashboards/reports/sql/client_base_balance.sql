SELECT count(DISTINCT document) AS clients FROM report.client_version c
WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
  AND created_at <= :as_of AND (deleted_at IS NULL OR deleted_at > :as_of)
  AND merged_into_id IS NULL
