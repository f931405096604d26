"""Every event that a rule may wait for: about which document, narrowed by what, made by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from provodka.foundation.i18n import marked

__all__ = ["BY_CLIENT", "EVENTS", "PAPERS", "EventKind", "Source"]

Source = Literal["store", "clock", "person", "rule", "telephony", "mail", "letters", "site"]
PAPERS = ("proposal", "invoice", "payment", "shipment")
BY_CLIENT = frozenset({"call", "client", "form_entry", "interaction", "message", "visit"})
"""Documents of a client: a scenario's rules see them for each of the client's open deals."""

FIELD = ("field", "from", "to")


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: about which document, narrowed by what (stage, result, kind, nothing).

    `title` is given to `_` when it is shown. `source` says who brings it about, `document`
    which document and field of the store it is read from: whoever writes that document makes
    the event happen. `takes` are further words of `when`, `needs` those that must be there;
    `example` is a `when` in YAML.
    """

    name: str
    kind: str
    of: str
    title: str
    source: Source = "store"
    document: str = ""
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    example: str = ""

    @property
    def clocked(self) -> bool:
        """Whether time brings it about, each term of a rule by itself."""
        return self.source == "clock"


def _of_deals() -> Iterator[EventKind]:
    yield EventKind(
        "stage_entered", "deal", "stage", marked("Сделка вошла в этап"), document="deal.stage",
        example="{stage_entered: invoice}",
    )  # fmt: skip
    yield EventKind(
        "stage_left", "deal", "stage", marked("Сделка вышла из этапа"), document="deal.stage",
        example="{stage_left: proposal}",
    )  # fmt: skip
    yield EventKind(
        "stage_stayed", "deal", "stage", marked("Сделка стоит на этапе дольше срока"), "clock",
        "deal.stage_entered_at", ("longer_than",), ("longer_than",),
        "{stage_stayed: proposal, longer_than: {working_days: 3}}",
    )  # fmt: skip
    yield EventKind(
        "deal_moved_back", "deal", "stage", marked("Сделку вернули на более ранний этап"),
        document="deal.stage", example="{deal_moved_back: proposal}",
    )  # fmt: skip
    yield EventKind(
        "deal_closed", "deal", "result", marked("Сделка закрыта"), document="deal.status",
        example="{deal_closed: lost}",
    )  # fmt: skip
    for name, title, field in (
        ("deal_reopened", marked("Сделка открыта снова"), "status"),
        ("deal_paused", marked("Работа по сделке приостановлена"), "paused_at"),
        ("deal_resumed", marked("Работа по сделке возобновлена"), "paused_at"),
    ):
        yield EventKind(name, "deal", "", title, document=f"deal.{field}", example=name)
    yield EventKind(
        "process_started", "deal", "process", marked("Правило начало процесс по сделке"), "rule",
        "signal", needs=("of",), example="{process_started: water_return}",
    )  # fmt: skip
    yield EventKind(
        "manual", "deal", "process", marked("Человек запустил процесс по сделке"), "person",
        "signal", needs=("of",), example="{manual: send_samples}",
    )  # fmt: skip


def _of_papers() -> Iterator[EventKind]:
    for kind in PAPERS:
        yield EventKind(
            f"{kind}_posted", kind, "", marked("Документ проведен"), document=f"{kind}.posted",
            example=f"{kind}_posted",
        )  # fmt: skip
        yield EventKind(
            f"{kind}_changed", kind, "", marked("Проведенный документ изменен"),
            document=kind, takes=FIELD, example=f"{{event: {kind}_changed, field: amount}}",
        )  # fmt: skip
        yield EventKind(
            f"{kind}_unposted", kind, "", marked("Проведение отменено"),
            document=f"{kind}.posted", example=f"{kind}_unposted",
        )  # fmt: skip
    for name, title, field in (
        ("paid", marked("Счет оплачен полностью"), "paid_amount"),
        ("partly_paid", marked("Счет оплачен частично"), "paid_amount"),
        ("payment_reversed", marked("Оплата счета уменьшилась"), "paid_amount"),
        ("shipped", marked("По счету отгружено все"), "shipped_amount"),
        ("partly_shipped", marked("По счету отгружена часть"), "shipped_amount"),
        ("shipment_reversed", marked("Отгрузка по счету уменьшилась"), "shipped_amount"),
    ):
        yield EventKind(
            f"invoice_{name}", "invoice", "", title, document=f"invoice.{field}",
            example=f"invoice_{name}",
        )  # fmt: skip


def _of_tasks() -> Iterator[EventKind]:
    for name, title in (
        ("task_done", marked("Задача выполнена")),
        ("task_failed", marked("Задача не удалась")),
        ("task_cancelled", marked("Задача снята")),
        ("delivery_done", marked("Доставка выполнена")),
        ("delivery_failed", marked("Доставка не удалась")),
    ):
        yield EventKind(name, "task", "", title, document="task.status", example=name)
    yield EventKind(
        "task_overdue", "task", "", marked("Задача просрочена"), "clock", "task.due_at",
        ("longer_than",), example="{event: task_overdue, longer_than: {working_hours: 2}}",
    )  # fmt: skip


def _of_talk() -> Iterator[EventKind]:
    sources: tuple[tuple[str, str, Source, str, str], ...] = (
        ("call_incoming", "call", "telephony", "direction", marked("Входящий звонок")),
        ("call_missed", "call", "telephony", "outcome", marked("Пропущенный звонок")),
        ("call_finished", "call", "telephony", "outcome", marked("Разговор закончен")),
        ("mail_received", "message", "mail", "direction", marked("Пришло письмо")),
        ("mail_read", "message", "mail", "read_at", marked("Письмо прочитано")),
        ("mail_bounced", "message", "mail", "bounced_at", marked("Письмо вернулось")),
        ("site_visit", "visit", "site", "at", marked("Посещение сайта")),
        (
            "return_visit", "visit", "site", "after_order",
            marked("Клиент вернулся на сайт после заказа"),
        ),
        ("callback_asked", "form_entry", "site", "kind", marked("Просьба перезвонить")),
    )  # fmt: skip
    for name, kind, source, field, title in sources:
        yield EventKind(name, kind, "", title, source, f"{kind}.{field}", example=name)
    yield EventKind(
        "form_filled", "form_entry", "form", marked("Заполнена форма"), "site", "form_entry.form",
        example="{form_filled: order}",
    )  # fmt: skip


def _of_clients() -> Iterator[EventKind]:
    yield EventKind(
        "client_silent", "client", "", marked("Клиент молчит дольше срока"), "clock",
        "call.started_at, message.created_at, interaction.at", ("longer_than",), ("longer_than",),
        "{event: client_silent, longer_than: {days: 14}}",
    )  # fmt: skip
    yield EventKind(
        "client_lost", "client", "", marked("Клиент потерян: давно нет покупок"), "clock",
        "order.completed_at", ("longer_than",),
        example="{event: client_lost, longer_than: {months: 3}}",
    )  # fmt: skip
    yield EventKind(
        "client_reactivated", "client", "", marked("Потерянный клиент купил снова"), "clock",
        "order.completed_at", ("longer_than",), example="client_reactivated",
    )  # fmt: skip


def _of_any() -> Iterator[EventKind]:
    yield EventKind(
        "document_created", "", "kind", marked("Документ создан"), document="*",
        example="{document_created: client}",
    )  # fmt: skip
    yield EventKind(
        "document_changed", "", "kind", marked("Документ изменен"), document="*", takes=FIELD,
        example="{document_changed: deal, field: responsible_id}",
    )  # fmt: skip
    yield EventKind(
        "document_deleted", "", "kind", marked("Документ удален"), document="*",
        example="{document_deleted: task}",
    )  # fmt: skip
    yield EventKind(
        "date_reached", "", "kind", marked("Наступил срок, отсчитанный от даты документа"),
        "clock", "*", ("field", "after", "before"), ("field",),
        "{date_reached: invoice, field: due_date, before: {working_days: 1, at: start}}",
    )  # fmt: skip
    yield EventKind(
        "schedule", "", "kind", marked("По расписанию, для каждого документа"), "clock", "*",
        ("cron",), ("cron",), "{schedule: deal, cron: '0 9 * * mon-fri'}",
    )  # fmt: skip


EVENTS: Mapping[str, EventKind] = {
    kind.name: kind
    for family in (_of_deals, _of_papers, _of_tasks, _of_talk, _of_clients, _of_any)
    for kind in family()
}
