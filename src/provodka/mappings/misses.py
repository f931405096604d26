"""What a mapping names and a base cannot answer, in words: where, the nearest name, what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings.configurations import Configuration
from provodka.mappings.published import Fields, Published

__all__ = [
    "DOUBTS",
    "TOLD_BY_BASE",
    "miss",
    "no_field",
    "no_section",
    "no_set",
    "no_value",
    "wrong_target",
    "wrong_type",
]

# The prefixes a set can have: 1C:Enterprise 8.3 developer guide, §17.4.
PREFIXES = (
    "Catalog_",
    "Document_",
    "DocumentJournal_",
    "Constant_",
    "ExchangePlan_",
    "ChartOfAccounts_",
    "ChartOfCalculationTypes_",
    "ChartOfCharacteristicTypes_",
    "InformationRegister_",
    "AccumulationRegister_",
    "CalculationRegister_",
    "AccountingRegister_",
    "BusinessProcess_",
    "Task_",
)
TOLD_BY_BASE = "$metadata"
DOUBTS = frozenset({"unknown_enum_value", "other_target"})
"""Codes of misses that the base itself did not tell: facts of a release may be behind it."""
ALIKE = 0.9
RESEMBLING = 0.6
"""How similar set names are when one is taken for a slip of the other, or is worth naming."""


def miss(place: Place, found: str, expected: str, next_step: str, code: str) -> ConfigurationError:
    """One thing that the base does not have."""
    return ConfigurationError(place, found=found, expected=expected, next_step=next_step, code=code)


def no_field(
    place: Place, where: str, name: str, fields: Fields, facts: Configuration | None = None
) -> ConfigurationError:
    """A field that the set or section `where` (`Set` or `Set.Section`) does not publish."""
    entity, _dot, section = where.partition(".")
    found = _("у {where} нет поля «{name}»").format(where=where, name=name)
    if facts is not None and facts.has_field(entity, section, name):
        found += _("; в «{title}» оно есть").format(title=facts.known_as)
        step = _("обновите конфигурацию базы или уберите поле из соответствия")
    else:
        step = _("исправьте имя поля или уберите его")
    return miss(place, found, nearest(name, fields.keys()), step, "no_field")


def no_section(
    place: Place, entity: str, name: str, sections: Collection[str]
) -> ConfigurationError:
    """A tabular section that the set does not have."""
    return miss(
        place,
        _("у {entity} нет табличной части «{name}»").format(entity=entity, name=name),
        nearest(name, sections),
        _("исправьте имя табличной части"),
        "no_section",
    )


def no_value(
    place: Place, where: str, value: str, members: Collection[str], source: str, step: str
) -> ConfigurationError:
    """A member that an enumeration does not have; `source` says who told its members."""
    return miss(
        place,
        _("у {where} нет значения «{value}» ({source})").format(
            where=where, value=value, source=source
        ),
        nearest(value, members),
        step,
        "no_enum_value" if source == TOLD_BY_BASE else "unknown_enum_value",
    )


def wrong_type(
    place: Place, where: str, how: str, type: str, fitting: Iterable[str]
) -> ConfigurationError:
    """A field whose type the mapping's conversion or value does not fit."""
    return miss(
        place,
        _("«{how}» для {where} типа {type}").format(how=how, where=where, type=type),
        ", ".join(sorted(fitting)),
        _("выберите преобразование под тип поля"),
        "wrong_type",
    )


def wrong_target(
    place: Place, where: str, expected: str, targets: Iterable[str], source: str
) -> ConfigurationError:
    """A reference that leads elsewhere than the mapping says."""
    return miss(
        place,
        _("{where} ссылается на {targets} ({source})").format(
            where=where, targets=", ".join(sorted(targets)), source=source
        ),
        _("ссылка на {expected}").format(expected=expected),
        _("исправьте as или entity соответствия, на которое оно указывает"),
        "wrong_target" if source == TOLD_BY_BASE else "other_target",
    )


def no_set(
    place: Place, entity: str, published: Published, facts: Configuration | None = None
) -> ConfigurationError:
    """A set that the base does not list: misspelt, not published, or of another configuration."""
    if not entity.startswith(PREFIXES):
        return miss(
            place,
            _("набора «{entity}» не бывает").format(entity=entity),
            _("имя с приставкой: {prefixes}").format(prefixes=nearest(entity, PREFIXES)),
            _("исправьте имя набора"),
            "no_such_set",
        )
    if facts is not None and entity in facts.sets:
        found = _("набор «{entity}» есть в «{title}», но не опубликован")
        return miss(
            place,
            found.format(entity=entity, title=facts.known_as),
            _in_odata(),
            _publish(),
            "not_published",
        )
    return _unknown_set(place, entity, published, facts)


def _unknown_set(
    place: Place, entity: str, published: Published, facts: Configuration | None
) -> ConfigurationError:
    known = {*published.entities(), *(facts.sets if facts else ())}
    alike = [name for name in known if name.partition("_")[0] == entity.partition("_")[0]]
    if get_close_matches(entity, alike, n=1, cutoff=ALIKE):
        return miss(
            place,
            _("набора «{entity}» нет").format(entity=entity),
            nearest(entity, alike),
            _("исправьте имя набора; если оно верно, опубликуйте объект"),
            "no_such_set",
        )
    resembling = get_close_matches(entity, alike, n=1, cutoff=RESEMBLING)
    return miss(
        place,
        _("набор «{entity}» не опубликован или его нет в этой конфигурации").format(entity=entity),
        nearest(entity, alike) if resembling else _in_odata(),
        _("если имя верно: {step}").format(step=_publish()),
        "not_published",
    )


def _in_odata() -> str:
    return _("набор в составе стандартного интерфейса OData")


def _publish() -> str:
    return _(
        "администратор 1С добавляет объект в «Настройка состава стандартного интерфейса OData»"
    )
