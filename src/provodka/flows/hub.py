"""The composition root: settings → engine → connectors, in one place and once a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from provodka.connectors.crm_store import embedded, schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.mail.messages import Mailbox
from provodka.connectors.mail.sent_folder import ImapSettings, SentFolder
from provodka.connectors.mail.servers import Security
from provodka.connectors.mail.smtp import SmtpSender, SmtpSettings
from provodka.connectors.onec.odata.client import ODataBase
from provodka.flows.onec.bases import (
    by_messages,
    no_base,
    odata_base,
    open_onec,
    over_odata,
)
from provodka.flows.onec.metadata.memory import SchemaWatch
from provodka.flows.settings import (
    Environment,
    HubSettings,
    Mail,
    load_settings,
    password,
)
from provodka.flows.tally import Tally
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml
from provodka.foundation.nearest import nearest
from provodka.mappings.catalog import SETS, load_mappings, set_folder
from provodka.mappings.compiled import Mapping
from provodka.trigger_rules.calendar import WorkingCalendar

if TYPE_CHECKING:
    from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
    from provodka.mappings.balances.compiled import Balance
    from provodka.mappings.enterprise_data.translation import Translation
    from provodka.trigger_rules.book import RuleBook

__all__ = ["Hub", "database_url", "open_base", "open_hub", "require_schema", "utc_now"]

BUILT_IN = Path(__file__).parents[1]


def utc_now() -> datetime:
    """The clock of a living hub."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hub:
    """Everything a run needs. Systems that `hub.yaml` does not name are `None`.

    The 1C base is either `base`, over OData, or `exchange`, by messages of EnterpriseData.
    `environment` composes the same hub in another process; None where it was made by hand.
    """

    settings: HubSettings
    source: LocatedYaml
    home: Path
    engine: Engine
    base: ODataBase | None
    smtp: SmtpSender | None
    sent: SentFolder | None
    clock: Callable[[], datetime] = utc_now
    revive_store: Callable[[], object] = lambda: None
    environment: Environment | None = None
    exchange: EnterpriseDataBase | None = None

    @cached_property
    def mappings(self) -> dict[str, Mapping]:
        """The mappings of the 1C base, by name; a mistake in one is a `ConfigurationError`."""
        named = self.settings.onec.mappings if self.settings.onec else "bp30"
        folder = set_folder(named)
        if not folder.is_dir():
            raise self.source.error(
                "onec",
                "mappings",
                found=_("нет ни набора, ни папки «{name}»").format(name=named),
                expected=nearest(named, SETS),
                next_step=_("назовите набор или папку с соответствиями"),
                code="no_file",
            )
        return load_mappings(folder)

    @cached_property
    def balances(self) -> dict[str, Balance]:
        """The balances that this configuration declares; a mistake is a `ConfigurationError`."""
        from provodka.mappings.balances.catalog import load_balances

        named = self.settings.onec.mappings if self.settings.onec else "bp30"
        return load_balances(set_folder(named))

    @cached_property
    def translations(self) -> dict[str, Translation]:
        """The shapes of EnterpriseData by mapping; a mistake is a `ConfigurationError`."""
        from provodka.mappings.enterprise_data.catalog import load_translations

        return load_translations(self.mappings.values())

    @cached_property
    def schema_watch(self) -> SchemaWatch:
        """What this process knows of the base's own changes."""
        return SchemaWatch()

    @cached_property
    def tally(self) -> Tally:
        """How far the stream that is running has come."""
        return Tally()

    @property
    def rule_files(self) -> list[Path]:
        """The files of rules in force: the company's own, and those that come with the hub."""
        return [_rule_file(name) for name in self.settings.rules]

    @cached_property
    def book(self) -> RuleBook:
        """The rules in force; a mistake in one is a `ConfigurationError`.

        Letters are looked for in `templates/` beside the company's own files of rules first.
        """
        # The rule engine takes half a second to import, and few commands need it.
        from provodka.trigger_rules.book import TEMPLATES, RuleBook

        files = self.rule_files
        beside = dict.fromkeys(file.parent / "templates" for file in files)
        own = [folder for folder in beside if folder.is_dir()]
        return RuleBook.load(files, [*own, TEMPLATES])

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """The company's working calendar."""
        company = self.settings.company
        return WorkingCalendar(
            zone=ZoneInfo(company.zone), day_start=company.day_start, day_end=company.day_end
        )

    @property
    def base_zone(self) -> ZoneInfo:
        """The zone in which the 1C base writes its dates."""
        return ZoneInfo(self.settings.onec.zone if self.settings.onec else "Europe/Moscow")

    @property
    def sender(self) -> Mailbox:
        """From whom letters go out."""
        mail = self.settings.mail
        return Mailbox(mail.sender if mail else "", self.settings.company.name)

    def require_base(self) -> ODataBase:
        """The 1C base over OData, or a `ConfigurationError` that says how to name one."""
        if self.base is None:
            raise by_messages(self.source) if self.exchange else no_base(self.source)
        return self.base

    def require_exchange(self) -> EnterpriseDataBase:
        """The 1C base by messages, or a `ConfigurationError` that says how to name one."""
        if self.exchange is None:
            raise over_odata(self.source) if self.base else no_base(self.source)
        return self.exchange


def database_url(environment: Environment) -> str:
    """The address of the store: the environment's, or the embedded server's, started if needed."""
    return environment.database_url or embedded.start(environment.home / "pg")


@contextmanager
def open_hub(
    environment: Environment | None = None, *, clock: Callable[[], datetime] = utc_now
) -> Iterator[Hub]:
    """Compose a hub from `hub.yaml` and the environment, and close it after the block.

    Raises `ConfigurationError` before anything is opened if the settings are wrong.
    """
    environment = environment or Environment()
    settings, source = load_settings(environment.config)
    with ExitStack() as opened:
        url = database_url(environment)
        engine = open_engine(url)
        opened.callback(engine.dispose)
        require_schema(engine)
        base, exchange = open_onec(settings.onec, environment.home, source, opened)
        yield Hub(
            settings=settings,
            source=source,
            home=environment.home,
            engine=engine,
            base=base,
            smtp=SmtpSender(_smtp(settings.mail)) if settings.mail else None,
            sent=_sent(settings.mail) if settings.mail else None,
            clock=clock,
            revive_store=partial(database_url, environment),
            environment=environment.model_copy(update={"database_url": url}),
            exchange=exchange,
        )


@contextmanager
def open_base(environment: Environment) -> Iterator[ODataBase]:
    """The 1C base alone, without the store: for looking around in it.

    Raises `ConfigurationError` if the settings are wrong or name no base.
    """
    settings, source = load_settings(environment.config)
    if settings.onec is None:
        raise no_base(source)
    with odata_base(settings.onec, environment.home) as base:
        yield base


def require_schema(engine: Engine) -> None:
    """Raise a `ConfigurationError` unless the store has the tables of this version."""
    with engine.connect() as connection:
        if schema.is_current(connection):
            return
    raise ConfigurationError(
        _("База хаба"),
        found=_("таблиц нет или они от другой версии"),
        expected=_("таблицы этой версии хаба"),
        next_step=_("выполните provodka init"),
        code="no_schema",
    )


def _rule_file(name: str) -> Path:
    built_in = BUILT_IN / "trigger_rules" / "rules" / f"{name}.yaml"
    return built_in if built_in.is_file() else Path(name)


def _smtp(mail: Mail) -> SmtpSettings:
    return SmtpSettings(
        host=mail.smtp.host,
        port=mail.smtp.port,
        security=Security(mail.smtp.security),
        login=mail.login,
        password=password(mail) or None,
        ca_file=mail.ca_file,
    )


def _sent(mail: Mail) -> SentFolder | None:
    if mail.imap is None or mail.login is None:
        return None
    return SentFolder(
        ImapSettings(
            host=mail.imap.host,
            port=mail.imap.port,
            security=Security(mail.imap.security),
            login=mail.login,
            password=password(mail),
            sent_folder=mail.imap.sent_folder,
            ca_file=mail.ca_file,
        )
    )
