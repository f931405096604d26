"""`provodka init`: a settings file to begin with, the store, the scenarios."""

from __future__ import annotations

from pathlib import Path

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import described
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Подготовить хаб: образец hub.yaml, таблицы в базе, сценарии."),
        _(
            "Образец пишется, только если файла настроек нет. Без PROVODKA_DATABASE_URL "
            "запускается встроенный PostgreSQL. Повторный запуск ничего не портит."
        ),
    )
    app.command("init", **described(*text, "provodka init"))(init)


def init(ctx: typer.Context) -> None:
    """Write a sample hub.yaml, migrate the store, load the scenarios; all of it repeatable."""
    from provodka.connectors.crm_store import schema
    from provodka.connectors.crm_store.engine import open_engine
    from provodka.connectors.crm_store.partitions import keep_months
    from provodka.flows.hub import database_url
    from provodka.flows.triggers.scenarios import sync_scenarios

    desk = Desk(ctx)
    environment = desk.environment
    written = _write_sample(environment.config)
    engine = open_engine(database_url(environment))
    try:
        migrated = schema.migrate(engine)
        keep_months(engine)
        desk.screen.line(_settings_line(environment.config, written=written), mark="✓")
        desk.screen.line(
            _("таблицы созданы или обновлены") if migrated else _("таблицы уже на месте"), mark="✓"
        )
        files = desk.files()
        book, at_once = files.book, not files.settings.rules_approval
        with engine.begin() as connection:
            sync_scenarios(connection, book, at_once=at_once)
    finally:
        engine.dispose()
    scenarios = [scenario.text.name for scenario in book.scenarios.values()]
    desk.screen.line(_("сценарии: {names}").format(names=", ".join(scenarios)), mark="✓")
    desk.screen.line(_("дальше: впишите свои системы в hub.yaml и выполните provodka check"))
    desk.screen.document(
        {
            "config": str(environment.config),
            "config_written": written,
            "migrated": migrated,
            "scenarios": list(book.scenarios),
        }
    )


def _settings_line(path: Path, *, written: bool) -> str:
    if written:
        return _("{path}: записан образец").format(path=path)
    return _("{path}: уже есть, не тронут").format(path=path)


def _write_sample(path: Path) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    sample = Path(__file__).with_name("hub.sample.yaml")
    path.write_text(sample.read_text(encoding="utf-8"), encoding="utf-8")
    return True
