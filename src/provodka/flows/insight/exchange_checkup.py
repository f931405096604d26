"""Is the exchange by messages in order: services, rights, plan, node, versions, numbers."""

from __future__ import annotations

from collections.abc import Iterator

from provodka.connectors.onec.enterprise_data.message import supported_versions
from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding, broken, good
from provodka.flows.onec.exchange.place import Place, read_place
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["check_exchange"]

SERVICE = "EnterpriseDataExchange"
NEEDED = "1.0.1.1"


def check_exchange(hub: Hub) -> Iterator[Finding]:
    """Ask the base whether it would exchange with the hub's node; nothing is moved.

    Raises what stands in the way, in the base's words where it has any.
    """
    base = hub.require_exchange()
    settings = base.settings
    yield from _shapes(hub)
    base.test_connection()
    told = _("1С {address}: обмен по плану {plan} с узлом {node} разрешен")
    yield good(
        "onec",
        told.format(
            address=settings.root_url(), plan=settings.exchange_plan, node=settings.peer_code
        ),
    )
    yield _services(base.versions())
    with hub.engine.connect() as connection:
        yield from _talk(read_place(connection))


def _shapes(hub: Hub) -> Iterator[Finding]:
    """Whether the mappings can be read and written as objects of the format."""
    try:
        known = hub.translations
    except ConfigurationError as error:
        yield from broken("mappings", error)
        return
    told = _("соответствия сверены со схемами EnterpriseData {versions}: {names}")
    yield good(
        "mappings", told.format(versions=", ".join(supported_versions()), names=", ".join(known))
    )


def _services(versions: dict[str, tuple[str, ...]]) -> Finding:
    spoken = versions.get(SERVICE, ())
    if NEEDED in spoken:
        return good(
            "onec", _("сервис {name} версии {version}").format(name=SERVICE, version=NEEDED)
        )
    return Finding(
        "onec",
        "warning",
        _("база не называет сервис {name} {version}: {found}").format(
            name=SERVICE, version=NEEDED, found=", ".join(spoken) or _("ни одного")
        ),
        "no_exchange_service",
        NEEDED,
        _("обновите библиотеку БСП базы, если обмен не пойдет"),
    )


def _talk(place: Place) -> Iterator[Finding]:
    """How the talk has gone so far."""
    if not place.met:
        step = _("выполните provodka sync exchange: первое сообщение принесет справочники")
        yield Finding(
            "onec", "warning", _("сообщений от базы еще не было"), "not_met", next_step=step
        )
        return
    numbers = place.numbers
    said = _(
        "формат {version}; принято сообщение № {received}, отправлено № {sent}, "
        "подтверждено № {confirmed}"
    )
    yield good(
        "onec",
        said.format(
            version=place.version,
            received=numbers.received,
            sent=numbers.sent,
            confirmed=numbers.confirmed,
        ),
    )
    yield from _doubts(place)


def _doubts(place: Place) -> Iterator[Finding]:
    """What works, and could be better."""
    if place.version != supported_versions()[-1]:
        yield Finding(
            "onec",
            "warning",
            _("общая версия формата — {version}: ставки НДС 22 % в ней нет").format(
                version=place.version
            ),
            "old_format",
            supported_versions()[-1],
            _("включите в настройках синхронизации 1С версию формата новее"),
        )
    if place.deaf:
        yield Finding(
            "onec",
            "warning",
            _("база читает наши сообщения, но в своих их номера не называет"),
            "numbers_not_kept",
            _("номер последнего прочитанного сообщения"),
            _("проверьте узел плана обмена: не сбрасывает ли его номера другая программа"),
        )
