CREATE VIEW report.v_delivery AS
SELECT s.id AS delivery, s.number, s.attempt, e.name AS courier, c.name AS client,
  coalesce(s.client_kind, c.kind) AS client_kind, p.address, s.planned_from, s.planned_to, s.arrived_at,
  s.status, s.reason, s.amount, s.cash_due, s.cash_taken, s.cash_taken - s.cash_due AS cash_difference
FROM crm.delivery s
JOIN crm.client c ON c.id = s.client_id
LEFT JOIN crm.employee e ON e.id = s.courier_id
LEFT JOIN crm.delivery_point p ON p.id = s.delivery_point_id
WHERE s.deleted_at IS NULL;
COMMENT ON VIEW report.v_delivery IS 'Остановки экспедиторов с именами, какими они есть сейчас';
COMMENT ON COLUMN report.v_delivery.delivery IS 'Остановка';
COMMENT ON COLUMN report.v_delivery.number IS 'Номер';
COMMENT ON COLUMN report.v_delivery.attempt IS 'Который выезд с этим заказом, с 1';
COMMENT ON COLUMN report.v_delivery.courier IS 'Экспедитор';
COMMENT ON COLUMN report.v_delivery.client IS 'Клиент';
COMMENT ON COLUMN report.v_delivery.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_delivery.address IS 'Точка доставки';
COMMENT ON COLUMN report.v_delivery.planned_from IS 'Ждут с';
COMMENT ON COLUMN report.v_delivery.planned_to IS 'Ждут до';
COMMENT ON COLUMN report.v_delivery.arrived_at IS 'Когда экспедитор приехал';
COMMENT ON COLUMN report.v_delivery.status IS 'Состояние';
COMMENT ON COLUMN report.v_delivery.reason IS 'Почему не удалась или перенесена';
COMMENT ON COLUMN report.v_delivery.amount IS 'Отдано товара на сумму, с НДС';
COMMENT ON COLUMN report.v_delivery.cash_due IS 'Денег получить';
COMMENT ON COLUMN report.v_delivery.cash_taken IS 'Денег получено';
COMMENT ON COLUMN report.v_delivery.cash_difference IS 'Получено минус ожидалось; пусто, пока не приехал';
CREATE VIEW report.v_delivery_line AS
SELECT s.id AS delivery, s.number, l.line, e.name AS courier, c.name AS client,
  coalesce(s.client_kind, c.kind) AS client_kind, s.planned_from, s.arrived_at, s.status,
  i.name AS item, l.item_kind, l.quantity, l.delivered, l.price, l.amount
FROM crm.delivery_lines l
JOIN crm.delivery s ON s.id = l.delivery_id
JOIN crm.product i ON i.id = l.product_id
JOIN crm.client c ON c.id = s.client_id
LEFT JOIN crm.employee e ON e.id = s.courier_id
WHERE s.deleted_at IS NULL;
COMMENT ON VIEW report.v_delivery_line IS 'Что отдано на остановках: по строке на позицию';
COMMENT ON COLUMN report.v_delivery_line.delivery IS 'Остановка';
COMMENT ON COLUMN report.v_delivery_line.number IS 'Номер остановки';
COMMENT ON COLUMN report.v_delivery_line.line IS 'Номер строки';
COMMENT ON COLUMN report.v_delivery_line.courier IS 'Экспедитор';
COMMENT ON COLUMN report.v_delivery_line.client IS 'Клиент';
COMMENT ON COLUMN report.v_delivery_line.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_delivery_line.planned_from IS 'Ждут с';
COMMENT ON COLUMN report.v_delivery_line.arrived_at IS 'Когда экспедитор приехал';
COMMENT ON COLUMN report.v_delivery_line.status IS 'Состояние остановки';
COMMENT ON COLUMN report.v_delivery_line.item IS 'Номенклатура';
COMMENT ON COLUMN report.v_delivery_line.item_kind IS 'Товар, услуга или возвратная тара';
COMMENT ON COLUMN report.v_delivery_line.quantity IS 'Заказано';
COMMENT ON COLUMN report.v_delivery_line.delivered IS 'Отдано; пусто, пока не приехал';
COMMENT ON COLUMN report.v_delivery_line.price IS 'Цена за единицу с НДС';
COMMENT ON COLUMN report.v_delivery_line.amount IS 'Отдано на сумму, с НДС';
CREATE VIEW report.v_order AS
SELECT o.id AS "order", o.number, c.name AS client, coalesce(o.client_kind, c.kind) AS client_kind,
  o.status, o.ordered_at, o.confirmed_at, o.completed_at, o.cancelled_at, o.cancel_reason,
  w.name AS operator, e.name AS courier, o.amount, o.deposit, o.currency,
  round(extract(epoch FROM o.completed_at - o.ordered_at) / 3600, 2) AS hours
FROM crm.order o
JOIN crm.client c ON c.id = o.client_id
LEFT JOIN crm.employee w ON w.id = o.operator_id
LEFT JOIN crm.employee e ON e.id = o.courier_id
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW report.v_order IS 'Заказы с именами, какими они есть сейчас';
COMMENT ON COLUMN report.v_order."order" IS 'Заказ';
COMMENT ON COLUMN report.v_order.number IS 'Номер';
COMMENT ON COLUMN report.v_order.client IS 'Клиент';
COMMENT ON COLUMN report.v_order.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_order.status IS 'Состояние';
COMMENT ON COLUMN report.v_order.ordered_at IS 'Принят';
COMMENT ON COLUMN report.v_order.confirmed_at IS 'Подтвержден';
COMMENT ON COLUMN report.v_order.completed_at IS 'Выполнен';
COMMENT ON COLUMN report.v_order.cancelled_at IS 'Отменен';
COMMENT ON COLUMN report.v_order.cancel_reason IS 'Почему отменен';
COMMENT ON COLUMN report.v_order.operator IS 'Кто принял';
COMMENT ON COLUMN report.v_order.courier IS 'Экспедитор';
COMMENT ON COLUMN report.v_order.amount IS 'Сумма с НДС без залога за тару';
COMMENT ON COLUMN report.v_order.deposit IS 'Залог за возвратную тару';
COMMENT ON COLUMN report.v_order.currency IS 'Валюта сумм, ISO 4217';
COMMENT ON COLUMN report.v_order.hours IS 'Часов от заказа до выполнения';
CREATE VIEW report.v_order_line AS
SELECT o.id AS "order", o.number, l.line, c.name AS client,
  coalesce(o.client_kind, c.kind) AS client_kind, o.status, o.ordered_at, o.completed_at,
  i.name AS item, l.item_kind, l.quantity, l.price, l.amount, o.currency
FROM crm.order_lines l
JOIN crm.order o ON o.id = l.order_id
JOIN crm.product i ON i.id = l.product_id
JOIN crm.client c ON c.id = o.client_id
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW report.v_order_line IS 'Позиции заказов: по строке на позицию';
COMMENT ON COLUMN report.v_order_line."order" IS 'Заказ';
COMMENT ON COLUMN report.v_order_line.number IS 'Номер заказа';
COMMENT ON COLUMN report.v_order_line.line IS 'Номер строки';
COMMENT ON COLUMN report.v_order_line.client IS 'Клиент';
COMMENT ON COLUMN report.v_order_line.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_order_line.status IS 'Состояние заказа';
COMMENT ON COLUMN report.v_order_line.ordered_at IS 'Принят';
COMMENT ON COLUMN report.v_order_line.completed_at IS 'Выполнен';
COMMENT ON COLUMN report.v_order_line.item IS 'Номенклатура';
COMMENT ON COLUMN report.v_order_line.item_kind IS 'Товар, услуга или возвратная тара';
COMMENT ON COLUMN report.v_order_line.quantity IS 'Количество';
COMMENT ON COLUMN report.v_order_line.price IS 'Цена за единицу с НДС';
COMMENT ON COLUMN report.v_order_line.amount IS 'Сумма с НДС; у тары — залог';
COMMENT ON COLUMN report.v_order_line.currency IS 'Валюта сумм, ISO 4217';
CREATE VIEW report.v_shipment_line AS
SELECT s.id AS shipment, s.number, s.date, l.line, c.name AS client,
  coalesce(k.kind, c.kind) AS client_kind, i.name AS item, i.kind AS item_kind, l.quantity, l.price,
  l.vat_rate, l.vat_amount AS vat,
  l.amount + CASE WHEN s.vat_included THEN 0 ELSE l.vat_amount END AS amount, s.currency
FROM crm.shipment_lines l
JOIN crm.shipment s ON s.id = l.shipment_id
JOIN crm.client c ON c.id = s.client_id
LEFT JOIN crm.product i ON i.id = l.product_id
LEFT JOIN report.client_version k ON k.document = s.client_id AND k.valid_from <= s.date
  AND (k.valid_to IS NULL OR k.valid_to > s.date)
WHERE s.posted AND s.deleted_at IS NULL;
COMMENT ON VIEW report.v_shipment_line IS 'Отпущенное и оказанное: по строке на позицию проведенной реализации';
COMMENT ON COLUMN report.v_shipment_line.shipment IS 'Реализация';
COMMENT ON COLUMN report.v_shipment_line.number IS 'Номер';
COMMENT ON COLUMN report.v_shipment_line.date IS 'Дата';
COMMENT ON COLUMN report.v_shipment_line.line IS 'Номер строки';
COMMENT ON COLUMN report.v_shipment_line.client IS 'Клиент';
COMMENT ON COLUMN report.v_shipment_line.client_kind IS 'Вид клиента на дату реализации';
COMMENT ON COLUMN report.v_shipment_line.item IS 'Номенклатура';
COMMENT ON COLUMN report.v_shipment_line.item_kind IS 'Товар, услуга или возвратная тара';
COMMENT ON COLUMN report.v_shipment_line.quantity IS 'Количество';
COMMENT ON COLUMN report.v_shipment_line.price IS 'Цена за единицу';
COMMENT ON COLUMN report.v_shipment_line.vat_rate IS 'Ставка НДС';
COMMENT ON COLUMN report.v_shipment_line.vat IS 'НДС';
COMMENT ON COLUMN report.v_shipment_line.amount IS 'Сумма с НДС';
COMMENT ON COLUMN report.v_shipment_line.currency IS 'Валюта сумм, ISO 4217';
CREATE VIEW report.v_buying_spell AS
SELECT b.scope, b.owner, b.spell, c.name AS client, b.client_kind, p.address, b.first_at, b.last_at,
  CASE WHEN b.lost_at <= now() THEN b.lost_at END AS lost_at, b.orders, b.amount
FROM report.buying_spell b
JOIN crm.client c ON c.id = b.client
LEFT JOIN crm.delivery_point p ON p.id = b.owner;
COMMENT ON VIEW report.v_buying_spell IS 'Отрезки покупок с именами: когда клиент покупал и когда потерян';
COMMENT ON COLUMN report.v_buying_spell.scope IS 'Чей отрезок: плательщика или точки доставки';
COMMENT ON COLUMN report.v_buying_spell.owner IS 'Плательщик или точка доставки';
COMMENT ON COLUMN report.v_buying_spell.spell IS 'Номер отрезка, с 1';
COMMENT ON COLUMN report.v_buying_spell.client IS 'Клиент';
COMMENT ON COLUMN report.v_buying_spell.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_buying_spell.address IS 'Точка доставки; пусто у плательщика';
COMMENT ON COLUMN report.v_buying_spell.first_at IS 'Первый выполненный заказ отрезка';
COMMENT ON COLUMN report.v_buying_spell.last_at IS 'Последний выполненный заказ отрезка';
COMMENT ON COLUMN report.v_buying_spell.lost_at IS 'Когда потерян: через три календарных месяца; пусто, пока покупает';
COMMENT ON COLUMN report.v_buying_spell.orders IS 'Заказов';
COMMENT ON COLUMN report.v_buying_spell.amount IS 'Их сумма с НДС';
