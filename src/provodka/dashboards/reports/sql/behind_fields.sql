, behind AS (
  SELECT n.nth, t.document, t.happened AS at, CAST(NULL AS numeric) AS amount
  FROM told t JOIN number n ON n.key_client_kind = t.client_kind
  WHERE CASE n.key_field
    WHEN 'name' THEN t.name IS NOT NULL
    WHEN 'inn' THEN t.inn IS NOT NULL
    WHEN 'phone' THEN t.phone IS NOT NULL
    WHEN 'email' THEN t.email IS NOT NULL
    WHEN 'address' THEN t.address IS NOT NULL
    WHEN 'manager' THEN t.manager IS NOT NULL
    ELSE false END
)
