SELECT (SELECT count(*) FROM bought) AS orders,
  (SELECT coalesce(sum(own_orders), 0) FROM facts) AS in_spells,
  (SELECT count(*) FROM facts f JOIN bought b
    ON CASE WHEN :scope = 'point' THEN b.point ELSE b.client END = f.owner
   WHERE f.lost_at <= :as_of AND b.at > f.last_at AND b.at <= f.lost_at) AS bought_meanwhile,
  (SELECT count(*) FROM facts f JOIN crm.client c ON c.id = f.client
   WHERE c.merged_into_id IS NOT NULL) AS merged
