SELECT count(*) FILTER (WHERE f.lost_at <= :as_of AND f.returned_at <= f.lost_at)
    AS bought_meanwhile,
  (SELECT count(*) FROM facts k JOIN crm.client c ON c.id = k.client
   WHERE c.merged_into_id IS NOT NULL) AS merged
FROM facts f
