SELECT $group AS grp, p.id AS key_item, p.name AS item, p.kind AS item_kind, p.unit, f.client_kind,
  sum(f.quantity) AS quantity, sum(f.amount) AS amount, sum(f.vat) AS vat,
  count(DISTINCT f.shipment) AS shipments
FROM f JOIN crm.product p ON p.id = f.item WHERE $wanted
GROUP BY grp, p.id, f.client_kind ORDER BY grp, p.name, p.id, f.client_kind
