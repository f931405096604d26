, behind AS (
  SELECT n.nth, f.client AS document, f.lost_at AS at, f.amount
  FROM facts f JOIN number n ON n.key_group = $group
  WHERE $wanted AND CASE n.wanted
    WHEN 'active_before' THEN f.first_at < :since AND f.lost_at >= :since
    WHEN 'begun' THEN f.spell = 1 AND f.first_at >= :since AND f.first_at < :until
    WHEN 'returned' THEN f.spell > 1 AND f.first_at >= :since AND f.first_at < :until
    WHEN 'active_after' THEN f.first_at < :until AND (f.lost_at >= :until OR f.lost_at > :as_of)
    WHEN 'one_time' THEN f.lost_at >= :since AND f.lost_at < :until AND f.lost_at <= :as_of
      AND f.orders = 1
    ELSE f.lost_at >= :since AND f.lost_at < :until AND f.lost_at <= :as_of END
)
