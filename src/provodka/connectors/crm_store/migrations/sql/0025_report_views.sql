ALTER TABLE report.call_version ADD COLUMN queue TEXT;
ALTER TABLE report.call_version ADD COLUMN called_back_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE report.catalog ADD COLUMN checked_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN report.call_version.queue IS 'Очередь, в которой ждал звонивший';
COMMENT ON COLUMN report.call_version.called_back_at IS 'Когда с этим номером связались после пропущенного';
COMMENT ON COLUMN report.catalog.checked_at IS 'Когда все проверки отчета проходили последний раз';
CREATE VIEW report.v_stage_visit AS
SELECT v.deal, v.visit, v.scenario, v.stage, coalesce(s.name, v.stage) AS stage_name, v.stage_kind,
  v.entered_at, v.left_at, v.exit, m.name AS manager, d.name AS department, v.client_kind, v.source,
  v.amount, v.currency, v.origin, v.deal_created_at,
  round(extract(epoch FROM coalesce(v.left_at, now()) - v.entered_at) / 3600, 2) AS hours
FROM report.stage_visit v
LEFT JOIN crm.stage s ON s.scenario = v.scenario AND s.code = v.stage
LEFT JOIN report.employee_version m ON m.document = v.responsible AND m.valid_from <= v.entered_at
  AND (m.valid_to IS NULL OR m.valid_to > v.entered_at)
LEFT JOIN report.department_version d ON d.document = v.department AND d.valid_from <= v.entered_at
  AND (d.valid_to IS NULL OR d.valid_to > v.entered_at);
COMMENT ON VIEW report.v_stage_visit IS 'Посещения этапов с именами: по строке на посещение, для сводных таблиц';
COMMENT ON COLUMN report.v_stage_visit.deal IS 'Сделка';
COMMENT ON COLUMN report.v_stage_visit.visit IS 'Номер посещения у сделки, с 1';
COMMENT ON COLUMN report.v_stage_visit.scenario IS 'Сценарий';
COMMENT ON COLUMN report.v_stage_visit.stage IS 'Код этапа';
COMMENT ON COLUMN report.v_stage_visit.stage_name IS 'Этап';
COMMENT ON COLUMN report.v_stage_visit.stage_kind IS 'Открытый этап или конец';
COMMENT ON COLUMN report.v_stage_visit.entered_at IS 'Вход';
COMMENT ON COLUMN report.v_stage_visit.left_at IS 'Выход; пусто, если еще на этапе';
COMMENT ON COLUMN report.v_stage_visit.exit IS 'Как вышла';
COMMENT ON COLUMN report.v_stage_visit.manager IS 'Ответственный при входе';
COMMENT ON COLUMN report.v_stage_visit.department IS 'Его отдел при входе';
COMMENT ON COLUMN report.v_stage_visit.client_kind IS 'Вид клиента при входе';
COMMENT ON COLUMN report.v_stage_visit.source IS 'Источник обращения';
COMMENT ON COLUMN report.v_stage_visit.amount IS 'Сумма сделки при входе, с НДС';
COMMENT ON COLUMN report.v_stage_visit.currency IS 'Валюта суммы, ISO 4217';
COMMENT ON COLUMN report.v_stage_visit.origin IS 'Кто перевел';
COMMENT ON COLUMN report.v_stage_visit.deal_created_at IS 'Когда создана сделка';
COMMENT ON COLUMN report.v_stage_visit.hours IS 'Часов на этапе; у открытых — по сейчас';
CREATE VIEW report.v_task AS
SELECT t.document AS task, t.subject, t.kind, t.status, e.name AS executor, d.name AS department,
  c.name AS client, c.kind AS client_kind, t.deal_id AS deal, t.rule, t.original_due_at, t.due_at,
  t.finished_at, t.created_at
FROM report.task_version t
LEFT JOIN report.employee_version e ON e.document = t.executor_id AND e.valid_to IS NULL
LEFT JOIN report.department_version d ON d.document = e.department_id AND d.valid_to IS NULL
LEFT JOIN report.client_version c ON c.document = t.client_id AND c.valid_to IS NULL
WHERE t.valid_to IS NULL AND t.deleted_at IS NULL;
COMMENT ON VIEW report.v_task IS 'Задачи с именами, какими они есть сейчас';
COMMENT ON COLUMN report.v_task.task IS 'Задача';
COMMENT ON COLUMN report.v_task.subject IS 'Что сделать';
COMMENT ON COLUMN report.v_task.kind IS 'Вид';
COMMENT ON COLUMN report.v_task.status IS 'Состояние';
COMMENT ON COLUMN report.v_task.executor IS 'Исполнитель';
COMMENT ON COLUMN report.v_task.department IS 'Его отдел';
COMMENT ON COLUMN report.v_task.client IS 'Клиент';
COMMENT ON COLUMN report.v_task.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_task.deal IS 'Сделка';
COMMENT ON COLUMN report.v_task.rule IS 'Правило, поставившее задачу';
COMMENT ON COLUMN report.v_task.original_due_at IS 'Первоначальный срок';
COMMENT ON COLUMN report.v_task.due_at IS 'Нынешний срок';
COMMENT ON COLUMN report.v_task.finished_at IS 'Когда завершена';
COMMENT ON COLUMN report.v_task.created_at IS 'Когда поставлена';
CREATE VIEW report.v_call AS
SELECT k.document AS call, k.source, k.direction, k.outcome, k.started_at, k.wait_seconds,
  k.talk_seconds, k.queue, e.name AS operator, d.name AS department, c.name AS client,
  c.kind AS client_kind, k.called_back_at
FROM report.call_version k
LEFT JOIN report.employee_version e ON e.document = k.employee_id AND e.valid_from <= k.started_at
  AND (e.valid_to IS NULL OR e.valid_to > k.started_at)
LEFT JOIN report.department_version d ON d.document = e.department_id AND d.valid_from <= k.started_at
  AND (d.valid_to IS NULL OR d.valid_to > k.started_at)
LEFT JOIN report.client_version c ON c.document = k.client_id AND c.valid_to IS NULL
WHERE k.valid_to IS NULL AND k.deleted_at IS NULL;
COMMENT ON VIEW report.v_call IS 'Звонки с именами: один разговор — одна строка';
COMMENT ON COLUMN report.v_call.call IS 'Звонок';
COMMENT ON COLUMN report.v_call.source IS 'АТС';
COMMENT ON COLUMN report.v_call.direction IS 'Направление';
COMMENT ON COLUMN report.v_call.outcome IS 'Исход';
COMMENT ON COLUMN report.v_call.started_at IS 'Начало';
COMMENT ON COLUMN report.v_call.wait_seconds IS 'Ожидание ответа, с';
COMMENT ON COLUMN report.v_call.talk_seconds IS 'Разговор, с';
COMMENT ON COLUMN report.v_call.queue IS 'Очередь';
COMMENT ON COLUMN report.v_call.operator IS 'Ответивший сотрудник';
COMMENT ON COLUMN report.v_call.department IS 'Его отдел на момент звонка';
COMMENT ON COLUMN report.v_call.client IS 'Клиент';
COMMENT ON COLUMN report.v_call.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_call.called_back_at IS 'Когда с номером связались после пропущенного';
CREATE VIEW report.v_invoice AS
SELECT i.document AS invoice, i.number, i.date, c.name AS client, c.kind AS client_kind, c.source,
  m.name AS manager, d.name AS department, i.amount, i.currency, i.posted, i.due_date, i.paid_amount,
  i.shipped_amount, i.accounting, i.amount - i.paid_amount AS unpaid,
  i.paid_amount < i.amount AND i.due_date < current_date AS overdue
FROM report.invoice_version i
LEFT JOIN report.client_version c ON c.document = i.client_id AND c.valid_to IS NULL
LEFT JOIN LATERAL (SELECT responsible FROM report.stage_visit v WHERE v.deal = i.deal_id
  AND v.entered_at <= i.date ORDER BY v.visit DESC LIMIT 1) s ON true
LEFT JOIN report.employee_version m ON m.document = coalesce(s.responsible, c.responsible_id)
  AND m.valid_from <= i.date AND (m.valid_to IS NULL OR m.valid_to > i.date)
LEFT JOIN report.department_version d ON d.document = m.department_id AND d.valid_to IS NULL
WHERE i.valid_to IS NULL AND i.deleted_at IS NULL;
COMMENT ON VIEW report.v_invoice IS 'Счета на оплату с именами, какими они есть сейчас';
COMMENT ON COLUMN report.v_invoice.invoice IS 'Счет';
COMMENT ON COLUMN report.v_invoice.number IS 'Номер';
COMMENT ON COLUMN report.v_invoice.date IS 'Дата';
COMMENT ON COLUMN report.v_invoice.client IS 'Клиент';
COMMENT ON COLUMN report.v_invoice.client_kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_invoice.source IS 'Источник обращения клиента';
COMMENT ON COLUMN report.v_invoice.manager IS 'Менеджер на дату счета';
COMMENT ON COLUMN report.v_invoice.department IS 'Его отдел';
COMMENT ON COLUMN report.v_invoice.amount IS 'Сумма с НДС';
COMMENT ON COLUMN report.v_invoice.currency IS 'Валюта, ISO 4217';
COMMENT ON COLUMN report.v_invoice.posted IS 'Проведен';
COMMENT ON COLUMN report.v_invoice.due_date IS 'Оплатить до';
COMMENT ON COLUMN report.v_invoice.paid_amount IS 'Оплачено';
COMMENT ON COLUMN report.v_invoice.shipped_amount IS 'Отгружено';
COMMENT ON COLUMN report.v_invoice.accounting IS 'Счет в бухгалтерии';
COMMENT ON COLUMN report.v_invoice.unpaid IS 'Не оплачено';
COMMENT ON COLUMN report.v_invoice.overdue IS 'Не оплачен полностью, и день «оплатить до» прошел';
CREATE VIEW report.v_client AS
SELECT c.document AS client, c.name, c.kind, c.source, m.name AS manager, d.name AS department,
  c.created_at, c.inn IS NOT NULL AS has_inn, c.phone IS NOT NULL AS has_phone,
  c.email IS NOT NULL AS has_email, c.delivery_address IS NOT NULL AS has_address,
  c.responsible_id IS NOT NULL AS has_manager
FROM report.client_version c
LEFT JOIN report.employee_version m ON m.document = c.responsible_id AND m.valid_to IS NULL
LEFT JOIN report.department_version d ON d.document = m.department_id AND d.valid_to IS NULL
WHERE c.valid_to IS NULL AND c.deleted_at IS NULL AND c.merged_into_id IS NULL;
COMMENT ON VIEW report.v_client IS 'Клиенты с полнотой карточек, какими они есть сейчас';
COMMENT ON COLUMN report.v_client.client IS 'Клиент';
COMMENT ON COLUMN report.v_client.name IS 'Наименование';
COMMENT ON COLUMN report.v_client.kind IS 'Вид клиента';
COMMENT ON COLUMN report.v_client.source IS 'Источник обращения';
COMMENT ON COLUMN report.v_client.manager IS 'Ответственный';
COMMENT ON COLUMN report.v_client.department IS 'Его отдел';
COMMENT ON COLUMN report.v_client.created_at IS 'Когда заведен';
COMMENT ON COLUMN report.v_client.has_inn IS 'Есть ИНН';
COMMENT ON COLUMN report.v_client.has_phone IS 'Есть телефон';
COMMENT ON COLUMN report.v_client.has_email IS 'Есть почта';
COMMENT ON COLUMN report.v_client.has_address IS 'Есть адрес доставки';
COMMENT ON COLUMN report.v_client.has_manager IS 'Есть ответственный';
CREATE VIEW report.v_plan AS
SELECT p.document AS plan, p.first_day, p.last_day, p.basis, m.name AS manager, d.name AS department,
  i.name AS item, p.amount, p.quantity, p.currency
FROM report.plan_version p
LEFT JOIN report.employee_version m ON m.document = p.manager_id AND m.valid_to IS NULL
LEFT JOIN report.department_version d ON d.document = p.department_id AND d.valid_to IS NULL
LEFT JOIN crm.product i ON i.id = p.product_id
WHERE p.valid_to IS NULL AND p.deleted_at IS NULL;
COMMENT ON VIEW report.v_plan IS 'Планы продаж с именами, какими они есть сейчас';
COMMENT ON COLUMN report.v_plan.plan IS 'План';
COMMENT ON COLUMN report.v_plan.first_day IS 'Первый день';
COMMENT ON COLUMN report.v_plan.last_day IS 'Последний день, включительно';
COMMENT ON COLUMN report.v_plan.basis IS 'Основа: отгружено, оплачено, выиграно';
COMMENT ON COLUMN report.v_plan.manager IS 'Менеджер; пусто, если план отдела или компании';
COMMENT ON COLUMN report.v_plan.department IS 'Отдел; пусто, если план менеджера или компании';
COMMENT ON COLUMN report.v_plan.item IS 'Номенклатура; пусто, если по всей';
COMMENT ON COLUMN report.v_plan.amount IS 'Сумма с НДС; пусто, если план в количестве';
COMMENT ON COLUMN report.v_plan.quantity IS 'Количество; пусто, если план в сумме';
COMMENT ON COLUMN report.v_plan.currency IS 'Валюта, ISO 4217';
