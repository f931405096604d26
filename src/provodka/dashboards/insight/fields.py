"""Fields of documents and their values in words: columns by their comments, codes by their sense.

The comments of the tables are in Russian; in other languages a column keeps its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provodka.dashboards.insight.titles import table_of
from provodka.foundation.i18n import _, language, marked

__all__ = ["CHOICES", "field_title", "part_title", "value_word"]

LONGER = re.compile(r"[:;(]|, (?=если |как |только |ISO|\d)")
TITLES = {
    "deleted_at": "Удалено",
    "stage_entry": "Номер входа в этап",
}
PARTS = {
    "lines": marked("строка №"),
    "items": marked("позиция №"),
    "allocations": marked("расшифровка №"),
    "moves": marked("перенос №"),
}
DIRECTIONS = {
    "incoming": marked("входящее"),
    "outgoing": marked("исходящее"),
}
CLIENT_KINDS = {
    "legal_entity": marked("юридическое лицо"),
    "individual": marked("физическое лицо"),
}
VAT_RATES = {
    "vat22": "22%",
    "vat20": "20%",
    "vat10": "10%",
    "vat0": "0%",
    "none": marked("без НДС"),
    "vat22_122": "22/122",
    "vat20_120": "20/120",
    "vat10_110": "10/110",
}
CHOICES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("call", "direction"): {
        "incoming": marked("входящий"),
        "outgoing": marked("исходящий"),
        "internal": marked("внутренний"),
    },
    ("call", "outcome"): {
        "answered": marked("отвечен"),
        "missed": marked("пропущен"),
        "abandoned": marked("не дождались ответа"),
        "busy": marked("занято"),
        "failed": marked("не соединен"),
    },
    ("client", "kind"): CLIENT_KINDS,
    ("consent", "purpose"): {
        "mail_opens": marked("узнавать, прочитаны ли письма"),
        "advertising": marked("показывать рекламу"),
    },
    ("contract", "kind"): {
        "with_buyer": marked("с покупателем"),
        "with_supplier": marked("с поставщиком"),
        "other": marked("прочее"),
    },
    ("deal", "kind"): {
        "manual": marked("ручные этапы"),
        "route": marked("по карте маршрута"),
        "unstaged": marked("без этапов"),
    },
    ("deal", "status"): {
        "open": marked("открыта"),
        "won": marked("выиграна"),
        "lost": marked("проиграна"),
    },
    ("employee", "role"): {
        "manager": marked("менеджер"),
        "head": marked("руководитель"),
        "accountant": marked("бухгалтер"),
        "dispatcher": marked("диспетчер"),
        "courier": marked("экспедитор"),
        "analyst": marked("аналитик"),
        "engineer": marked("инженер"),
    },
    ("form_entry", "kind"): {
        "form": marked("форма"),
        "callback": marked("просьба перезвонить"),
    },
    ("interaction", "direction"): {**DIRECTIONS, "internal": marked("внутреннее")},
    ("interaction", "kind"): {
        "call": marked("звонок"),
        "meeting": marked("встреча"),
        "letter": marked("письмо"),
        "message": marked("сообщение"),
        "visit": marked("визит"),
        "other": marked("прочее"),
    },
    ("interaction", "status"): {
        "planned": marked("запланировано"),
        "done": marked("состоялось"),
        "cancelled": marked("отменено"),
    },
    ("invoice", "accounting"): {
        "absent": marked("не записан"),
        "queued": marked("в очереди"),
        "entered": marked("записан"),
        "flagged": marked("записан с расхождением"),
        "refused": marked("отказано"),
    },
    ("delivery", "client_kind"): CLIENT_KINDS,
    ("delivery", "reason"): {
        "client_absent": marked("клиента не было"),
        "client_asked": marked("попросил клиент"),
        "courier_late": marked("экспедитор не успел"),
        "refused": marked("отказ"),
        "other": marked("прочее"),
    },
    ("delivery", "status"): {
        "planned": marked("запланирована"),
        "done": marked("выполнена"),
        "failed": marked("не удалась"),
        "cancelled": marked("отменена"),
    },
    ("order", "client_kind"): CLIENT_KINDS,
    ("order", "status"): {
        "received": marked("принят"),
        "confirmed": marked("подтвержден"),
        "delivered": marked("доставлен"),
        "cancelled": marked("отменен"),
    },
    ("plan", "basis"): {
        "shipped": marked("отгружено"),
        "paid": marked("оплачено"),
        "won": marked("выиграно"),
    },
    ("message", "channel"): {
        "mail": marked("почта"),
        "sms": marked("СМС"),
        "messenger": marked("мессенджер"),
    },
    ("message", "direction"): {**DIRECTIONS, "service": marked("служебное")},
    ("message", "kind"): {
        "person": marked("написал человек"),
        "bounce": marked("недоставленное"),
        "auto_reply": marked("автоответ"),
        "receipt": marked("уведомление"),
        "list": marked("рассылка"),
        "invitation": marked("приглашение"),
    },
    ("message", "status"): {
        "queued": marked("в очереди"),
        "sent": marked("отправлено"),
        "delivered": marked("доставлено"),
        "failed": marked("не отправлено"),
        "unsure": marked("исход неизвестен"),
        "received": marked("получено"),
    },
    ("payment", "kind"): {
        "bank": marked("банк"),
        "cash": marked("касса"),
        "card": marked("карта"),
    },
    ("product", "kind"): {
        "goods": marked("товар"),
        "service": marked("услуга"),
        "returnable": marked("возвратная тара"),
    },
    ("task", "kind"): {
        "task": marked("задача"),
        "call": marked("звонок"),
        "meeting": marked("встреча"),
        "letter": marked("письмо"),
        "delivery": marked("доставка"),
        "control": marked("контроль"),
    },
    ("task", "status"): {
        "open": marked("открыта"),
        "done": marked("выполнена"),
        "failed": marked("не выполнена"),
        "cancelled": marked("отменена"),
    },
}
"""Words for the values of checked columns, by kind of document; rates of VAT are everywhere."""


def field_title(kind: str, part: str, field: str) -> str:
    """What people call a field: the beginning of its column's comment, or its name."""
    table = table_of(kind, part)
    column = None if table is None else table.columns.get(field)
    if column is None or language() != "ru":
        return field
    if field in TITLES:
        return TITLES[field]
    return LONGER.split(column.comment or field)[0].strip()


def part_title(part: str) -> str:
    """What people call a row of a tabular section."""
    return _(PARTS[part]) if part in PARTS else part


def value_word(kind: str, part: str, field: str, value: Any) -> Any:
    """The word for a checked value; any other value stays as it is."""
    words = VAT_RATES if field == "vat_rate" else {} if part else CHOICES.get((kind, field), {})
    return _(words[value]) if isinstance(value, str) and value in words else value
