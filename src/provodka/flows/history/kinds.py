"""Which columns a file of each kind has: their names in two languages, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass

from provodka.flows.history.values import (
    Reader,
    amount,
    day,
    folded,
    instant,
    kopeck_amount,
    one_of,
    text,
    whole,
)
from provodka.foundation.i18n import _, marked

__all__ = ["KINDS", "Column", "Kind"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the name of the contract, other headers it is known by, how a cell is read."""

    name: str
    also: tuple[str, ...]
    read: Reader = text
    required: bool = False

    @property
    def headers(self) -> frozenset[str]:
        """Every header of the column, as headers are compared."""
        return frozenset(header_key(one) for one in (self.name, *self.also))

    @property
    def told(self) -> str:
        """The name with the first other header that it is known by: `client (клиент)`."""
        return f"{self.name} ({self.also[0]})" if self.also else self.name


@dataclass(frozen=True, slots=True)
class Kind:
    """What is brought over: its name on the command line, for people, and its columns."""

    name: str
    title: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(one.name for one in self.columns)


def header_key(said: str) -> str:
    """A header as headers are compared: `Ordered_At ` is `ordered at`."""
    return folded(said.replace("_", " ").replace("-", " ").strip(" .:*"))


CLIENT_KIND = one_of(
    {
        **dict.fromkeys(
            ("legal_entity", "legal entity", "legal", "company", "юл", "юрлицо", "юр. лицо",
             "юр лицо", "юридическое лицо", "организация", "b2b"), "legal_entity"),
        **dict.fromkeys(
            ("individual", "person", "фл", "физлицо", "физ. лицо", "физ лицо",
             "физическое лицо", "частное лицо", "b2c"), "individual"),
    },
    "legal_entity | individual | юридическое лицо | физическое лицо",
)  # fmt: skip
ORDER_STATUS = one_of(
    {
        **dict.fromkeys(("received", "new", "open", "новый", "принят", "получен"), "received"),
        **dict.fromkeys(
            ("confirmed", "in progress", "подтвержден", "в работе", "в доставке"), "confirmed"),
        **dict.fromkeys(
            ("delivered", "completed", "done", "closed", "выполнен", "доставлен", "закрыт",
             "завершен", "исполнен"), "delivered"),
        **dict.fromkeys(
            ("cancelled", "canceled", "отменен", "отмена", "аннулирован", "отказ"), "cancelled"),
    },
    "received | confirmed | delivered | cancelled",
)  # fmt: skip
STOP_STATUS = one_of(
    {
        **dict.fromkeys(("planned", "open", "запланирована", "план", "в пути"), "planned"),
        **dict.fromkeys(
            ("done", "delivered", "completed", "выполнена", "доставлено", "доставлена",
             "выполнено"), "done"),
        **dict.fromkeys(
            ("failed", "не доставлено", "не выполнена", "не выполнено", "неудача", "возврат"),
            "failed"),
        **dict.fromkeys(
            ("cancelled", "canceled", "отменена", "отменено", "снята"), "cancelled"),
    },
    "planned | done | failed | cancelled",
)  # fmt: skip
DIRECTION = one_of(
    {
        **dict.fromkeys(("incoming", "in", "inbound", "входящий", "вх"), "incoming"),
        **dict.fromkeys(("outgoing", "out", "outbound", "исходящий", "исх"), "outgoing"),
        **dict.fromkeys(("internal", "внутренний"), "internal"),
    },
    "incoming | outgoing | internal",
)
OUTCOME = one_of(
    {
        **dict.fromkeys(("answered", "отвечен", "принят", "разговор"), "answered"),
        **dict.fromkeys(("missed", "no answer", "пропущен", "без ответа"), "missed"),
        **dict.fromkeys(("abandoned", "не дождался", "сброшен"), "abandoned"),
        **dict.fromkeys(("busy", "занято"), "busy"),
        **dict.fromkeys(("failed", "ошибка", "не состоялся"), "failed"),
    },
    "answered | missed | abandoned | busy | failed",
)
END = one_of(
    {
        **dict.fromkeys(("won", "success", "выиграна", "успех", "успешно"), "won"),
        **dict.fromkeys(("lost", "failure", "проиграна", "неудача", "отказ"), "lost"),
        **dict.fromkeys(("open", "открыта", "в работе"), "open"),
    },
    "won | lost | open",
)
BASIS = one_of(
    {
        **dict.fromkeys(("shipped", "отгрузка", "отгружено"), "shipped"),
        **dict.fromkeys(("paid", "оплата", "оплачено"), "paid"),
        **dict.fromkeys(("won", "выиграно", "сделки"), "won"),
    },
    "shipped | paid | won",
)
SHARES = (("22", 22), ("2", 20), ("20", 20), ("1", 10), ("10", 10))
VAT = one_of(
    {
        **{f"{rate}%": f"vat{rate}" for rate in (22, 20, 10, 0)},
        **{str(rate): f"vat{rate}" for rate in (22, 20, 10, 0)},
        # A cell in the format of per cent holds the share.
        **{f"0{mark}{share}": f"vat{rate}" for mark in ".," for share, rate in SHARES},
        **{f"vat{rate}": f"vat{rate}" for rate in (22, 20, 10, 0)},
        **dict.fromkeys(("none", "без ндс", "нет"), "none"),
    },
    "22% | 20% | 10% | 0% | без НДС",
)

CLIENT = ("клиент", "контрагент", "покупатель", "customer", "клиент наименование")
ITEM = ("товар", "номенклатура", "наименование товара", "позиция", "product", "услуга")
ITEM_KIND = ("вид номенклатуры", "вид товара", "род товара", "категория", "product kind")
QUANTITY = ("количество", "кол-во", "кол во", "qty")
AMOUNT = ("сумма", "сумма с ндс", "стоимость", "sum", "total")
COURIER = ("экспедитор", "курьер", "водитель", "driver")
STATUS = ("статус", "состояние", "state")
PHONE = ("телефон", "номер телефона", "tel")
FIRST_DAY = ("первый день", "начало", "с", "период с", "from", "начало периода")
LAST_DAY = ("последний день", "конец", "по", "период по", "to", "конец периода")

CLIENTS = Kind(
    "clients",
    marked("клиенты"),
    (
        Column("name", ("наименование", "название", "имя", "фио", *CLIENT), required=True),
        Column("kind", ("вид", "вид клиента", "client kind", "тип"), CLIENT_KIND),
        Column("inn", ("инн",)),
        Column("kpp", ("кпп",)),
        Column("phone", PHONE),
        Column("email", ("почта", "e mail", "электронная почта", "эл. почта")),
        Column("address", ("адрес", "адрес доставки", "delivery address")),
        Column("source", ("источник", "источник обращения")),
        Column("responsible", ("ответственный", "менеджер", "manager")),
    ),
)
PRODUCTS = Kind(
    "products",
    marked("номенклатура"),
    (
        Column("name", ("наименование", "название", *ITEM), required=True),
        Column("kind", ("вид", *ITEM_KIND)),
        Column("unit", ("единица", "единица измерения", "ед. изм", "ед")),
        Column("code", ("код",)),
        Column("article", ("артикул", "sku")),
        Column("vat_rate", ("ндс", "ставка ндс", "vat"), VAT),
        Column("price", ("цена", "цена с ндс"), amount),
    ),
)
ORDERS = Kind(
    "orders",
    marked("заказы"),
    (
        Column("client", CLIENT, required=True),
        Column("client_kind", ("вид клиента", "тип клиента"), CLIENT_KIND),
        Column("ordered_at", ("дата заказа", "заказан", "дата", "order date"), instant, True),
        Column(
            "completed_at",
            ("дата выполнения", "выполнен", "дата доставки", "доставлен", "completion date"),
            instant,
        ),
        Column("item", ITEM, required=True),
        Column("item_kind", ITEM_KIND),
        Column("quantity", QUANTITY, amount, True),
        Column("amount", AMOUNT, kopeck_amount, True),
        Column("courier", COURIER),
        Column("status", ("статус заказа", *STATUS), ORDER_STATUS),
    ),
)
STAGES = Kind(
    "stage-history",
    marked("история этапов"),
    (
        Column(
            "deal", ("сделка", "интерес", "дело", "номер сделки", "case", "case id"), required=True
        ),
        Column("client", CLIENT),
        Column("scenario", ("сценарий", "воронка", "pipeline", "процесс")),
        Column("stage", ("этап", "стадия", "activity"), required=True),
        Column(
            "entered_at",
            ("дата входа", "вошла", "вход", "дата", "timestamp", "время"),
            instant,
            required=True,
        ),
        Column("responsible", ("ответственный", "менеджер", "manager", "resource")),
        Column("amount", AMOUNT, kopeck_amount),
        Column("outcome", ("исход", "результат", "итог", "result"), END),
    ),
)
CALLS = Kind(
    "calls",
    marked("звонки"),
    (
        Column("started_at", ("начало", "дата", "время", "дата звонка"), instant, required=True),
        Column("direction", ("направление", "тип"), DIRECTION, required=True),
        Column("outcome", ("исход", "результат", *STATUS), OUTCOME, required=True),
        Column("number", ("номер", *PHONE)),
        Column("employee", ("сотрудник", "менеджер", "оператор", "operator")),
        Column("client", CLIENT),
        Column("wait_seconds", ("ожидание", "ожидание с", "wait"), whole),
        Column("talk_seconds", ("разговор", "длительность", "разговор с", "duration"), whole),
    ),
)
PLANS = Kind(
    "plans",
    marked("планы"),
    (
        Column("first_day", FIRST_DAY, day, True),
        Column("last_day", LAST_DAY, day, True),
        Column("basis", ("основа", "показатель", "по чему"), BASIS),
        Column("manager", ("менеджер", "ответственный", "сотрудник")),
        Column("department", ("отдел", "подразделение")),
        Column("item", ITEM),
        Column("amount", AMOUNT, kopeck_amount),
        Column("quantity", QUANTITY, amount),
    ),
)
DELIVERIES = Kind(
    "deliveries",
    marked("доставки"),
    (
        Column("stop", ("остановка", "номер остановки", "номер доставки"), required=True),
        Column("courier", COURIER, required=True),
        Column("client", CLIENT, required=True),
        Column("planned_from", ("план с", "ждут с", "доставить с"), instant, required=True),
        Column("planned_to", ("план по", "ждут до", "доставить до"), instant),
        Column("arrived_at", ("прибыл", "приехал", "факт", "дата факта"), instant),
        Column("status", STATUS, STOP_STATUS, required=True),
        Column("reason", ("причина", "причина отказа")),
        Column("item", ITEM, required=True),
        Column("quantity", QUANTITY, amount, required=True),
        Column("amount", AMOUNT, kopeck_amount, required=True),
        Column("cash_due", ("к получению", "наличные план", "получить"), kopeck_amount),
        Column("cash_taken", ("получено", "наличные факт", "наличные"), kopeck_amount),
    ),
)
KINDS = {one.name: one for one in (CLIENTS, PRODUCTS, ORDERS, STAGES, CALLS, PLANS, DELIVERIES)}


def titled(kind: Kind) -> str:
    """What people call the kind."""
    return _(kind.title)
