-- The papers that one object was sold with, each with what it adds to the object's value.
, behind AS (
  SELECT f.document, max(f.happened) AS at, sum(f.value) AS amount FROM f
  WHERE f.object::text = :key_key AND f.happened >= :since AND f.happened < :until AND $wanted
  GROUP BY f.document
)
