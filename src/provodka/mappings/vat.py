"""VAT: rates with the dates they hold, sums to the kopeck, and the names 1C gives to rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.money import kopecks
from provodka.foundation.nearest import nearest

__all__ = [
    "OURS_BY_ENUM",
    "RATES",
    "STANDARD_RATE",
    "Rate",
    "enum_of",
    "from_enum",
    "rate_on",
    "vat_of",
]


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate: our code, the member of `Перечисление.СтавкиНДС`, and the fraction.

    `numerator / denominator` is the share of a net amount for an ordinary rate
    and of a gross amount for a computed one (`calculated`, like 20/120).
    """

    ours: str
    enum: str
    numerator: int
    denominator: int = 100
    calculated: bool = False


RATES = {
    rate.ours: rate
    for rate in (
        Rate("vat22", "НДС22", 22),
        Rate("vat20", "НДС20", 20),
        Rate("vat10", "НДС10", 10),
        Rate("vat0", "НДС0", 0),
        Rate("none", "БезНДС", 0),
        Rate("vat22_122", "НДС22_122", 22, 122, calculated=True),
        Rate("vat20_120", "НДС20_120", 20, 120, calculated=True),
        Rate("vat10_110", "НДС10_110", 10, 110, calculated=True),
    )
}
OURS_BY_ENUM = {rate.enum: rate.ours for rate in RATES.values()}

# Tax Code of Russia, article 164, item 3: the rate of the day of shipment.
STANDARD_RATE = (
    (date(2026, 1, 1), {"standard": "vat22", "calculated": "vat22_122"}),
    (date(2019, 1, 1), {"standard": "vat20", "calculated": "vat20_120"}),
)
_STANDARD_CODES = {code: role for _since, roles in STANDARD_RATE for role, code in roles.items()}


def rate_on(rate: str, shipped: date) -> str:
    """The same rate as it is on the day of shipment.

    `vat20` shipped in 2026 is `vat22` and the other way round before; reduced
    and zero rates stay. Raises `Misunderstood` for a day before 2019-01-01,
    when the rate was 18 %.
    """
    role = _STANDARD_CODES.get(rate)
    if role is None:
        return _known(rate).ours
    for since, roles in STANDARD_RATE:
        if shipped >= since:
            return roles[role]
    raise Misunderstood(
        _("ставка НДС"),
        found=_("отгрузка {day}").format(day=shipped.isoformat()),
        expected=_("день не раньше {day}").format(day=STANDARD_RATE[-1][0].isoformat()),
        next_step=_("проверьте дату отгрузки"),
        code="vat_date",
    )


def vat_of(amount: Decimal, rate: str, *, included: bool) -> Decimal:
    """The tax of one line, rounded to the kopeck with halves away from zero.

    `amount` contains the tax when `included`; a calculated rate (20/120) always
    counts from the whole amount.
    """
    known = _known(rate)
    if known.calculated:
        return kopecks(amount * known.numerator / known.denominator)
    if included:
        return kopecks(amount * known.numerator / (known.denominator + known.numerator))
    return kopecks(amount * known.numerator / known.denominator)


def from_enum(name: str) -> str:
    """Our code of a member of `Перечисление.СтавкиНДС`; unknown raises `Misunderstood`."""
    found = OURS_BY_ENUM.get(name)
    if found is None:
        raise _unknown(name, list(OURS_BY_ENUM))
    return found


def enum_of(rate: str) -> str:
    """The member of `Перечисление.СтавкиНДС` for our code."""
    return _known(rate).enum


def _known(rate: str) -> Rate:
    found = RATES.get(rate)
    if found is None:
        raise _unknown(rate, list(RATES))
    return found


def _unknown(name: str, known: list[str]) -> Misunderstood:
    return Misunderstood(
        _("ставка НДС"),
        found=_("«{name}»").format(name=name),
        expected=nearest(name, known),
        next_step=_("исправьте ставку в документе"),
        code="vat_rate",
    )
