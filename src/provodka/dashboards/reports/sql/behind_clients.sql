, behind AS (
  SELECT n.nth, t.document, t.happened AS at, CAST(NULL AS numeric) AS amount
  FROM told t JOIN number n ON n.key_group = t.grp
  WHERE CASE n.wanted
    WHEN 'clients' THEN true
    WHEN 'legal_entities' THEN t.client_kind = 'legal_entity'
    WHEN 'individuals' THEN t.client_kind = 'individual'
    WHEN 'complete' THEN CASE t.client_kind
      WHEN 'legal_entity' THEN num_nulls(t.name, t.inn, t.phone, t.email, t.manager) = 0
      ELSE num_nulls(t.name, t.phone, t.address, t.manager) = 0 END
    WHEN 'twice_inn' THEN t.twice_inn
    WHEN 'twice_phone' THEN t.twice_phone
    WHEN 'twice_email' THEN t.twice_email
    WHEN 'twice' THEN t.twice_inn OR t.twice_phone OR t.twice_email
    WHEN 'unplanned' THEN NOT t.planned
    WHEN 'nobodys' THEN t.manager IS NULL
    ELSE false END
)
