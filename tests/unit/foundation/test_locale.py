"""English for those who ask for it: the catalogue is complete, fresh, and reaches every screen."""

from __future__ import annotations

import gettext
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.pofile import read_po

from provodka.dashboards.rendering import render
from provodka.dashboards.reports import funnel
from provodka.dashboards.reports.as_of import AsOf
from provodka.dashboards.reports.catalog import reports
from provodka.dashboards.reports.funnel_tables import (
    Words,
    funnel_charts,
    funnel_checks,
    funnel_tables,
)
from provodka.dashboards.results import Ratio, ReportQuery, ReportResult
from provodka.flows.cli import status as status_command
from provodka.flows.cli.screen import Screen
from provodka.flows.demo.glances import told_call, told_invoice
from provodka.flows.insight import status as insight
from provodka.flows.insight.readers import Reader
from provodka.flows.settings import json_schema, load_settings
from provodka.flows.streams import STREAMS
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import LOCALE_DIR, _, language
from provodka.trigger_rules.events import EVENTS

ROOT = Path(__file__).parents[3]
PO = LOCALE_DIR / "en" / "LC_MESSAGES" / "provodka.po"
CYRILLIC = re.compile(r"[А-Яа-яЁё]+")
AT = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVODKA_LANG", "en")


@pytest.fixture(scope="module")
def english_of() -> dict[str, str]:
    """English by Russian; nothing where there is no translation or only a guess."""
    with PO.open("rb") as file:
        return {
            str(one.id): "" if one.fuzzy else str(one.string or "")
            for one in read_po(file)
            if one.id
        }


def placeholders(text: str) -> list[tuple[str, str | None, str | None]]:
    return sorted(
        (name, spec, conversion)
        for _text, name, spec, conversion in Formatter().parse(text)
        if name is not None
    )


def blanks(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def line_breaks(text: str) -> int:
    return text.count("\n")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def provodka(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("-c", "from provodka.flows.cli import main; main()", *words, **environment)


def test_the_catalogue_has_every_text_of_the_sources_and_no_other() -> None:
    told = run("scripts/locale", "--check")
    assert (told.returncode, told.stderr) == (0, ""), told.stdout


def test_every_text_is_translated_and_none_is_a_guess(english_of: dict[str, str]) -> None:
    assert len(english_of) > 800
    assert [russian for russian, english in english_of.items() if not english] == []


@pytest.mark.parametrize("of", [placeholders, blanks, line_breaks])
def test_a_translation_has_the_same_as_its_text(
    english_of: dict[str, str], of: Callable[[str], object]
) -> None:
    assert [russian for russian, english in english_of.items() if of(russian) != of(english)] == []


def test_a_translation_keeps_no_russian_but_names(english_of: dict[str, str]) -> None:
    strangers = [
        english
        for russian, english in english_of.items()
        if CYRILLIC.search(english)
        and (english == russian or not {*CYRILLIC.findall(english)} <= {*CYRILLIC.findall(russian)})
    ]
    assert strangers == []


def test_the_compiled_catalogue_says_what_the_readable_one_says(
    english_of: dict[str, str],
) -> None:
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {russian: compiled.gettext(russian) for russian in english_of} == english_of


def test_an_unknown_language_falls_back_to_russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVODKA_LANG", "tlh")
    assert (language(), _("Потоки")) == ("ru", "Потоки")


def test_no_text_stays_no_text(english: None) -> None:
    assert _("") == ""


def test_the_environment_chooses_the_language_of_the_help() -> None:
    told = provodka("--help", PROVODKA_LANG="en")
    assert told.stdout.startswith("Usage: provodka")
    assert CYRILLIC.findall(told.stdout) == []


def test_the_command_line_overrules_the_environment() -> None:
    told = provodka("sync", "--help", "--lang", "en", PROVODKA_LANG="ru")
    assert CYRILLIC.findall(told.stdout) == []


def test_a_wrong_setting_is_explained_in_english(english: None, tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text("company:\n  name: Romashka\n  inn: '123'\n  colour: red\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file)
    told = [str(error) for error in (caught.value, *caught.value.others)]
    assert any("INN of 10 or 12 digits" in one for one in told)
    assert [one for one in told if CYRILLIC.search(one)] == []


def test_titles_declared_on_import_follow_the_language_of_the_moment(english: None) -> None:
    declared = [one.title for one in STREAMS.values()] + [one.title for one in EVENTS.values()]
    titles = [_(title) for title in declared]
    assert "Invoices due to go to 1C" in titles
    assert [one for one in titles if CYRILLIC.search(one)] == []


def test_the_schema_of_the_settings_is_in_english(english: None) -> None:
    told = CYRILLIC.findall(json.dumps(json_schema(), ensure_ascii=False))
    assert set(told) == {"ОбменДанными", "Загрузка"}


def test_the_demonstration_tells_states_in_english(english: None) -> None:
    invoices = [told_invoice(("1", "Romashka", 1, state)) for state in ("entered", "none")]
    call = told_call(("20.11 21:30", "incoming", "missed", 0, None, True))
    assert [row[-1] for row in invoices] == ["entered", "no"]
    assert call == ("20.11 21:30", "incoming", "missed", 0, "several clients")


def test_the_state_of_the_hub_is_told_in_english(
    english: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_command, "Desk", _Desk)
    monkeypatch.setattr(insight, "status", lambda _hub: _status())
    status_command.status(SimpleNamespace())  # type: ignore[arg-type]
    told = capsys.readouterr().out
    assert "Systems of the company “Romashka”" in told
    assert "Parked until their parent arrives" in told
    assert CYRILLIC.findall(told) == []


class _Desk:
    def __init__(self, _ctx: Any) -> None:
        self.screen = Screen(json=False)

    @contextmanager
    def hub(self) -> Iterator[Any]:
        yield SimpleNamespace(settings=SimpleNamespace(zone=UTC))


def _status() -> insight.Status:
    waiting = (insight.Waiting("onec:invoice", "client", 2, AT),)
    return insight.Status(
        at=AT,
        company="Romashka",
        systems=(insight.System("1C", "https://host/base", 1, AT, "no answer"),),
        runs=(insight.RunLine("catalogs", "done", AT, AT, {"new": 3}, ""),),
        last_delta=AT,
        readers=(Reader("triggers", 4, timedelta(minutes=2), None),),
        outbox=(insight.Queue("onec", "queued", 1, AT),),
        quarantine=waiting,
        parked=waiting,
        conflicts=waiting,
    )


@pytest.mark.parametrize("form", ["table", "csv", "html", "svg", "json"])
def test_the_funnel_is_in_english(english: None, form: str) -> None:
    told = render(_funnel(), form)
    text = told.decode() if isinstance(told, bytes) else told
    assert "Conversion" in text or form == "svg"
    assert CYRILLIC.findall(text) == []


def _funnel() -> ReportResult:
    half, names = Ratio(5, 11), ("romashka", "")
    found = funnel.Funnel(
        stages=(funnel.Stage("romashka", "Sales", "bill", "Invoice", "open", 1),),
        flow=(funnel.FlowStep(*names, "bill", 5, 1, half),),
        cohort=(funnel.CohortStep(*names, "bill", 11, 5, 4, half, half, half, 1),),
        wins=(funnel.WinRate(*names, 2, 1, Decimal("10.50"), 1, 1, 11, 2, 1, 8),),
        gone=(funnel.Gone("romashka", 1, 2),),
        balance=(funnel.StageBalance("romashka", "bill", 6, 2, 1, 0, 0, 0, 0, 0, 2, 1),),
    )
    query = ReportQuery(AT - timedelta(days=20), AT + timedelta(days=9))
    words = Words.of(found, {})
    return ReportResult(
        "funnel",
        reports()["funnel"].title,
        query,
        AT,
        funnel_tables(found, words, AsOf(query, AT, {})),
        funnel_charts(found, words),
        funnel_checks(found),
    )
