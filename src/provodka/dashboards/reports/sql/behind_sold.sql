-- The papers that one object was sold with, each with what it adds to the object's value.
, behind AS (
  SELECT n.nth, f.document, max(f.happened) AS at, sum(f.value) AS amount
  FROM f JOIN number n ON n.key_key = f.object::text
  WHERE f.happened >= :since AND f.happened < :until AND $wanted
  GROUP BY n.nth, f.document
)
