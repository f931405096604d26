"""Words for the hub's codes: whoever shows a code to a person takes its word from here.

A code that has no word stays as it is. Machines get the codes themselves (`--json`).
"""

from __future__ import annotations

from collections.abc import Mapping

from provodka.dashboards.insight.titles import kind_title
from provodka.foundation.i18n import _, marked

__all__ = [
    "action_word",
    "flow_word",
    "op_word",
    "operation_word",
    "skipped_word",
    "state_word",
    "stream_word",
    "system_word",
    "who",
    "why_word",
]

PARTED = {
    "payment_bank": marked("поступление на счет"),
    "payment_cash": marked("поступление в кассу"),
}
"""Mappings of one kind that come from several places."""
STATES = {
    "waiting": marked("ждет отправки"),
    "sending": marked("отправляется"),
    "unsure": marked("исход неизвестен"),
    "delivered": marked("доставлено"),
    "flagged": marked("доставлено с расхождением"),
    "dead": marked("отказано"),
    "dropped": marked("снято человеком"),
    "working": marked("работает"),
    "silent": marked("замолчал"),
    "gone": marked("исчез"),
    "running": marked("выполняется"),
    "done": marked("сделано"),
    "set_aside": marked("есть отложенные"),
    "failed": marked("не удалось"),
    "interrupted": marked("прерван"),
    "skipped": marked("не настроен"),
    "busy": marked("занят"),
    "read": marked("прочитано базой"),
    "unseen": marked("исход неизвестен"),
    "refused": marked("база отказала"),
    "superseded": marked("заменено следующим"),
    "taking": marked("принимается"),
    "taken": marked("принято"),
}
OPERATIONS = {
    "letter.send": marked("отправить"),
    "message.send": marked("отправить"),
    "event.put": marked("показать"),
    "webhook.call": marked("сообщить"),
    "push": marked("записать"),
    "report.send": marked("составить и отправить"),
}
OPS = {
    "insert": marked("создать"),
    "update": marked("изменить"),
    "delete": marked("удалить"),
}
WHYS = {
    "changed_there": marked("1С: изменено только там"),
    "their_field": marked("1С: поле принадлежит ей"),
    "empty_here": marked("1С: у нас было пусто"),
    "later_there": marked("1С: изменено позже"),
    "agreed_there": marked("1С: так решено"),
    "marked_there": marked("1С: пометка удаления"),
    "worked_out": marked("вычислено"),
    "changed_here": marked("наше: изменено только у нас"),
    "our_field": marked("наше: поле принадлежит нам"),
    "empty_there": marked("наше: в 1С было пусто"),
}
ACTIONS = {
    "SendLetter": marked("отправить письмо"),
    "Notify": marked("уведомить сотрудника"),
    "CreateTask": marked("поставить задачу"),
    "SetField": marked("заполнить поле"),
    "MoveStage": marked("перевести на этап"),
    "CloseDeal": marked("закрыть сделку"),
    "CancelTasks": marked("отменить задачи"),
    "Assign": marked("назначить ответственного"),
    "CopyDeal": marked("скопировать сделку"),
    "ArchiveDeal": marked("убрать сделку в архив"),
    "PauseDeal": marked("приостановить сделку"),
    "ResumeDeal": marked("возобновить сделку"),
    "CreateDocument": marked("создать документ"),
    "DeleteDocument": marked("удалить черновик"),
    "MoveTasks": marked("перенести задачи"),
    "BillMonth": marked("выставить счет за месяц"),
    "Signal": marked("начать процесс"),
    "CallWebhook": marked("сообщить внешней системе"),
    "Dial": marked("набрать номер"),
    "Say": marked("позвонить и сказать"),
    "AddToAudience": marked("добавить в аудиторию"),
    "SendReport": marked("отправить отчет"),
    "Wait": marked("отложить действие"),
    "Fired": marked("учесть срабатывание"),
}
SKIPPED = {
    "same_value": marked("значение уже такое"),
    "nothing_to_bill": marked("выставлять нечего"),
    "nothing_to_delete": marked("удалять нечего"),
    "changed_by_hand": marked("исправлено человеком"),
    "moved_on": marked("сделка уже не на том этапе"),
    "nobody": marked("некого назначить"),
    "known": marked("уже есть"),
    "sent_already": marked("этот отчет за этот период сюда уже отправлен"),
}
SYSTEMS = {
    "onec": marked("1С"),
    "mail": marked("почта"),
    "calls": marked("звонки"),
    "clock": marked("время"),
    "sms": marked("СМС"),
    "messenger": marked("мессенджер"),
    "webhook": marked("адрес"),
    "calendar": marked("календарь"),
    "telegram": marked("Telegram"),
    "report": marked("отчеты"),
    "import": marked("загрузка"),
}
OWN = {
    "rule:absence": marked("замещение отсутствующих"),
    "hub:retention": marked("срок хранения"),
}
STREAMS = {
    "triggers": marked("правила"),
    "settlements": marked("взаиморасчеты"),
    "stock": marked("остатки по складам"),
    "bank": marked("выписки банка"),
    "inbox": marked("принятое по HTTP"),
    "requests": marked("просьбы со страниц"),
    "push:onec": marked("отправка в 1С"),
    "feed:onec": marked("лента изменений 1С"),
    "exchange:onec": marked("обмен с 1С сообщениями"),
    "report:stage_visit": marked("таблицы отчетов"),
}


def state_word(state: str) -> str:
    """How an errand or a run is doing: `delivered` → «доставлено»."""
    return _word(STATES, state)


def op_word(op: str) -> str:
    """What a plan would do to a document: `insert` → «создать»."""
    return _word(OPS, op)


def why_word(why: str) -> str:
    """Whose value a field would take and why: `their_field` → «1С: поле принадлежит ей»."""
    return _word(WHYS, why)


def operation_word(operation: str) -> str:
    """What an errand does in the other system, as a verb: `push` → «записать»."""
    return _word(OPERATIONS, operation)


def action_word(action: str) -> str:
    """What a rule's effect does: `SendLetter` → «отправить письмо»."""
    return _word(ACTIONS, action)


def skipped_word(why: str) -> str:
    """Why an effect was not needed: `same_value` → «значение уже такое»."""
    return _word(SKIPPED, why)


def system_word(system: str) -> str:
    """A neighbour: `onec` → «1С», `calls:office` → «звонки office»."""
    name, _colon, rest = system.partition(":")
    return f"{_word(SYSTEMS, name)} {rest}".rstrip()


def stream_word(stream: str) -> str:
    """A stream or a reader of the journal: `onec:client` → «1С: клиент»."""
    if stream in STREAMS:
        return _word(STREAMS, stream)
    system, colon, kind = stream.partition(":")
    if colon and system == "onec":
        word = _word(PARTED, kind) if kind in PARTED else kind_title(kind)
        return f"{system_word(system)}: {word}"
    return system_word(stream) if system in SYSTEMS else stream


def flow_word(flow: str) -> str:
    """A stream as it is named in commands; a worker of the fast lane by what it does."""
    lane, colon, worker = flow.partition(":")
    if colon and lane == "lane":
        return _("быстрая полоса: {worker}").format(worker=stream_word(worker))
    return flow


def who(origin: str) -> str:
    """Who made a change: `rule:greet` → «правило greet»."""
    name, colon, rest = origin.partition(":")
    if origin in OWN:
        return _(OWN[origin])
    known = {
        "onec": _("1С"),
        "mail": _("почта"),
        "bank": _("банк"),
        "calendar": _("календарь {name}"),
        "telegram": _("Telegram"),
        "sms": _("шлюз СМС"),
        "alert": _("тревога"),
        "telephony": _("телефония"),
        "site": _("сайт"),
        "hook": _("программа {name}"),
        "rule": _("правило {name}"),
        "person": _("сотрудник {name}"),
        "sql": _("SQL, {name}"),
    }
    told = known.get(name)
    if told is None:
        return origin
    return told.format(name=rest) if colon else told


def _word(words: Mapping[str, str], code: str) -> str:
    return _(words[code]) if code in words else code
