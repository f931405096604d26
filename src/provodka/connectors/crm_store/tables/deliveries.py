"""The couriers' stops: what was planned, what was moved by whom, what came of it."""

from __future__ import annotations

from sqlalchemy import Index

from provodka.connectors.crm_store.tables.columns import (
    choice,
    document,
    flag,
    instant,
    integer,
    lines,
    money,
    number,
    numbered,
    ref,
    words,
)

__all__ = ["REASONS", "delivery", "delivery_line", "delivery_move"]

REASONS = ("client_absent", "client_asked", "courier_late", "refused", "other")

delivery = document(
    "delivery",
    "Остановки экспедиторов: каждый выезд к клиенту",
    numbered("delivery", "ДС"),
    ref("client_id", "client", "Клиент", nullable=False),
    choice("client_kind", ("legal_entity", "individual"), "Вид клиента при выезде", nullable=True),
    ref("delivery_point_id", "delivery_point", "Точка доставки"),
    ref("order_id", "order", "Заказ"),
    ref("deal_id", "deal", "Сделка"),
    ref("task_id", "task", "Задача экспедитору"),
    integer("attempt", "Который это выезд по заказу, с 1", nullable=False, server_default="1"),
    ref("courier_id", "employee", "Экспедитор: назначенный, а потом исполнивший"),
    instant("planned_from", "Ждут с этого времени"),
    instant("planned_to", "Ждут до этого времени; пусто, если до конца дня"),
    choice("status", ("planned", "done", "failed", "cancelled"), "Состояние"),
    choice("reason", REASONS, "Почему не удалась или перенесена", nullable=True),
    words("note", "Подробности словами"),
    instant("arrived_at", "Когда приехал"),
    money("amount", "Сумма доставленного с НДС, без залога за тару"),
    money("cash_due", "Сколько получить с клиента, с залогом"),
    money("cash_taken", "Сколько получено"),
    integer("plan_version", "Который это план, с 1", nullable=False, server_default="1"),
)
Index("ix_delivery_deal", delivery.c.deal_id)
Index("ix_delivery_number", delivery.c.number)
Index(
    "ix_delivery_arrived",
    delivery.c.arrived_at,
    postgresql_using="brin",
    postgresql_with={"pages_per_range": 32},
)
Index("ix_delivery_order", delivery.c.order_id)
Index("ix_delivery_client", delivery.c.client_id)
Index("ix_delivery_planned", delivery.c.planned_from, delivery.c.courier_id)
Index(
    "ix_delivery_open",
    delivery.c.courier_id,
    delivery.c.planned_from,
    postgresql_where=(delivery.c.status == "planned") & delivery.c.deleted_at.is_(None),
)
Index("ix_delivery_task", delivery.c.task_id)

delivery_line = lines(
    "delivery_lines",
    "delivery",
    "Что везут и что отдано",
    ref("product_id", "product", "Номенклатура", nullable=False),
    words("item_kind", "Род позиции при заказе: вода, тара, кулер", nullable=False),
    number("quantity", "Везут", nullable=False),
    number("delivered", "Отдано; пусто, пока не доставлено"),
    number("price", "Цена за единицу с НДС; у возвратной тары залог", nullable=False),
    money("amount", "Сумма отданного с НДС; у возвратной тары залог"),
)

delivery_move = lines(
    "delivery_moves",
    "delivery",
    "Переносы и передачи: кто, когда, что было и что стало",
    instant("at", "Когда", now=True),
    words("who", "Кто: person:имя, courier:имя, rule:имя", nullable=False),
    words("reason", "Почему"),
    integer("seen_version", "Какой план видел тот, кто перенес"),
    flag("conflict", "Перенес, не видя чужого переноса", default=False),
    instant("former_from", "Ждали с"),
    instant("former_to", "Ждали до"),
    ref("former_courier_id", "employee", "Прежний экспедитор"),
    instant("planned_from", "Ждут с"),
    instant("planned_to", "Ждут до"),
    ref("courier_id", "employee", "Новый экспедитор"),
)
Index("ix_delivery_moves_former", delivery_move.c.former_from)
