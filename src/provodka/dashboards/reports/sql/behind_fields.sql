, behind AS (
  SELECT t.document, t.happened AS at, CAST(NULL AS numeric) AS amount FROM told t
  WHERE t.client_kind = :key_client_kind AND CASE :key_field
    WHEN 'name' THEN t.name IS NOT NULL
    WHEN 'inn' THEN t.inn IS NOT NULL
    WHEN 'phone' THEN t.phone IS NOT NULL
    WHEN 'email' THEN t.email IS NOT NULL
    WHEN 'address' THEN t.address IS NOT NULL
    WHEN 'manager' THEN t.manager IS NOT NULL
    ELSE false END
)
