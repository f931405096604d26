"""docs/adding-a-pbx.md is true: its one file teaches the hub a PBX."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.contract.onec.scripted_server import ScriptedServer, Seen, answer
from tests.unit.docs.pages import ROOT, blocks

from provodka.connectors.telephony import sources
from provodka.connectors.telephony.pbx import Pbx, found
from provodka.connectors.telephony.reducer import reduce_call
from provodka.connectors.telephony.source import Leg

PAGE = (ROOT / "docs" / "adding-a-pbx.md").read_text(encoding="utf-8")
NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
ZONE = "Asia/Yekaterinburg"
STARTED = """
import sys
import provodka.connectors.telephony.sources as sources
sources.__path__.append(sys.argv.pop(1))
from provodka.flows.cli import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the page's module in it."""
    [module] = blocks(PAGE, "python")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "telecom.py").write_text(module, encoding="utf-8")
    return tmp_path / "sources"


@pytest.fixture
def telecom(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pbx]:
    """The kind of PBX that the module brings."""
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(folder)])
    importlib.invalidate_caches()
    yield found(sources)["telecom"]
    sys.modules.pop(f"{sources.__name__}.telecom")
    if hasattr(sources, "telecom"):
        delattr(sources, "telecom")


def served(seen: Seen) -> bytes:
    """The page's answer, to whoever has the key and asks for the time of the call."""
    [told] = blocks(PAGE, "json")
    if seen.headers.get("x-key") != "k":
        return answer(401)
    query = dict(parse_qsl(urlsplit(seen.target).query))
    rows = [row for row in json.loads(told) if query["from"] <= row["begin"] <= query["to"]]
    return answer(200, json.dumps(rows), Date="Sat, 31 Jan 2026 10:00:00 GMT")


def test_the_pages_module_reads_the_pages_answer(telecom: Pbx) -> None:
    with ScriptedServer([served]) as server:
        about = {"name": "office", "url": server.url, "token_env": "X", "zone": ZONE}
        options = telecom.options.model_validate(about)
        with closing(telecom.open(options, {"token": "k"})) as source:
            found_legs: list[Leg] = []
            position: Any = None
            more = True
            while more:
                page = source.read(position, now=NOW)
                found_legs += page.legs
                position, more = page.position, page.more
            reach = source.probe(now=NOW)
    call = reduce_call(found_legs)
    assert (call.direction, call.outcome, call.answered_by) == ("in", "answered", "101")
    assert (call.client_number, call.talk_seconds) == ("+79990000001", 60)
    assert call.started_at == NOW - timedelta(hours=1)
    assert reach.extensions == {"101"}


def test_hub_yaml_takes_the_new_kind_at_once(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "hub.yaml"
    [section] = blocks(PAGE, "yaml")
    company = 'company: {name: ООО «Ромашка», inn: "7707083893"}\n'
    config.write_text(company + section, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", STARTED, str(folder), "rules", "check"],
        env=os.environ | {"PROVODKA_CONFIG": str(config), "TELECOM_KEY": "k"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
