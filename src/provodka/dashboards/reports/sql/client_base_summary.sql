SELECT t.grp AS "group", count(*) AS clients,
  count(*) FILTER (WHERE client_kind = 'legal_entity') AS legal_entities,
  count(*) FILTER (WHERE client_kind = 'individual') AS individuals,
  sum(r.filled) AS filled, sum(r.required) AS required,
  count(*) FILTER (WHERE r.filled = r.required) AS complete,
  count(*) FILTER (WHERE twice_inn) AS twice_inn,
  count(*) FILTER (WHERE twice_phone) AS twice_phone,
  count(*) FILTER (WHERE twice_email) AS twice_email,
  count(*) FILTER (WHERE twice_inn OR twice_phone OR twice_email) AS twice,
  count(*) FILTER (WHERE NOT planned) AS unplanned,
  count(*) FILTER (WHERE manager IS NULL) AS nobodys
FROM told t CROSS JOIN LATERAL (
  SELECT CASE t.client_kind
    WHEN 'legal_entity' THEN num_nonnulls(t.name, t.inn, t.phone, t.email, t.manager)
    ELSE num_nonnulls(t.name, t.phone, t.address, t.manager) END AS filled,
    CASE t.client_kind WHEN 'legal_entity' THEN 5 ELSE 4 END AS required) r
GROUP BY t.grp
