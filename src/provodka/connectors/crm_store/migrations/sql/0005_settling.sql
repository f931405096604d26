CREATE OR REPLACE FUNCTION crm.settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT * FROM new_rows'
    WHEN 'DELETE' THEN 'SELECT * FROM old_rows'
    ELSE 'SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows' END;
  invoices text := CASE TG_TABLE_NAME
    WHEN 'payment' THEN
      'SELECT a.invoice_id FROM crm.payment_allocations a JOIN c ON c.id = a.payment_id'
    WHEN 'shipment' THEN
      'SELECT c.invoice_id FROM c UNION
       SELECT l.invoice_id FROM crm.shipment_lines l JOIN c ON c.id = l.shipment_id'
    WHEN 'shipment_lines' THEN
      'SELECT c.invoice_id FROM c UNION
       SELECT s.invoice_id FROM crm.shipment s JOIN c ON s.id = c.shipment_id'
    ELSE 'SELECT c.invoice_id FROM c' END;
  touched uuid[];
BEGIN
  EXECUTE format($q$
    WITH c AS MATERIALIZED (%s)
    SELECT array_agg(DISTINCT invoice_id) FROM (%s) t WHERE invoice_id IS NOT NULL
    $q$, changed, invoices) INTO touched;
  IF touched IS NULL THEN
    RETURN NULL;
  END IF;
  -- Whoever settles the same invoice at the same time waits here, and then sees our rows.
  PERFORM 1 FROM crm.invoice WHERE id = ANY (touched) ORDER BY id FOR UPDATE;
  -- Planned anew each time: during a first load yesterday's plan reads whole tables per invoice.
  -- What is shipped by an invoice of the row's own is left out of the sum and not by a condition:
  -- without statistics a condition makes the planner expect next to no rows.
  EXECUTE $q$
    WITH paid AS (
      SELECT a.invoice_id AS id, sum(a.amount) AS amount
      FROM crm.payment_allocations a JOIN crm.payment p ON p.id = a.payment_id
      WHERE a.invoice_id = ANY ($1) AND p.posted AND p.deleted_at IS NULL
      GROUP BY a.invoice_id),
    lines AS (
      SELECT s.invoice_id AS id, s.vat_included, l.amount, l.vat_amount,
        l.invoice_id IS NULL AS counts
      FROM crm.shipment s JOIN crm.shipment_lines l ON l.shipment_id = s.id
      WHERE s.invoice_id = ANY ($1) AND s.posted AND s.deleted_at IS NULL
      UNION ALL
      SELECT l.invoice_id, s.vat_included, l.amount, l.vat_amount, true
      FROM crm.shipment_lines l JOIN crm.shipment s ON s.id = l.shipment_id
      WHERE l.invoice_id = ANY ($1) AND s.posted AND s.deleted_at IS NULL),
    shipped AS (
      SELECT id,
        sum(amount + CASE WHEN vat_included THEN 0 ELSE vat_amount END) FILTER (WHERE counts)
          AS amount
      FROM lines GROUP BY id),
    settled AS (
      SELECT t.id, coalesce(p.amount, 0) AS paid, coalesce(s.amount, 0) AS shipped
      FROM unnest($1) t (id)
      LEFT JOIN paid p ON p.id = t.id
      LEFT JOIN shipped s ON s.id = t.id)
    UPDATE crm.invoice i SET paid_amount = s.paid, shipped_amount = s.shipped
    FROM settled s
    WHERE i.id = s.id
      AND (i.paid_amount, i.shipped_amount) IS DISTINCT FROM (s.paid, s.shipped)
    $q$ USING touched;
  RETURN NULL;
END
$$;
