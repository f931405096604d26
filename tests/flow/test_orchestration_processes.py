"""The processes of a long-running hub: kept alive, ended with it, nothing of theirs leaves home."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from provodka.flows.orchestration.server import leave_out_hybrids
from provodka.flows.ports import free_port
from provodka.flows.prefect_processes import HOST, prefect_children
from provodka.flows.settings import Environment
from provodka.flows.standing import only_one, told_to_stop
from provodka.flows.supervising import FIRST_PAUSE, LONGEST_PAUSE, Child, Supervisor
from provodka.flows.up import lacks_settings
from provodka.foundation.errors import ProvodkaError


class Mortal(Child):
    """A child whose life is a number."""

    starts: list[float]
    code: int | None = None

    def start(self, now: float) -> None:
        self.starts = [*getattr(self, "starts", []), now]
        self.process = self  # type: ignore[assignment]
        self.started, self.code = now, None

    def ended(self) -> int | None:
        return self.code if self.process else None

    stdin = None


@pytest.fixture
def mortal(tmp_path: Path) -> Mortal:
    return Mortal("flows", "nothing", (), {}, tmp_path / "log")


def lives(mortal: Mortal, until: float, age: float) -> list[float]:
    """When a child that always dies at `age` is started, up to a moment."""
    supervisor = Supervisor([mortal])
    for moment in range(int(until * 2)):
        now = moment / 2
        if mortal.process and now - mortal.started >= age:
            mortal.code = 1
        supervisor.step(now)
    return mortal.starts


def test_a_dead_child_is_started_again_after_ever_longer_pauses(mortal: Mortal) -> None:
    starts = lives(mortal, until=400, age=0.5)
    pauses = [round(after - before - 0.5) for before, after in pairwise(starts)]
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses[0] == FIRST_PAUSE
    assert max(pauses) == LONGEST_PAUSE


def test_a_child_that_had_settled_is_started_again_soon(mortal: Mortal) -> None:
    starts = lives(mortal, until=400, age=90)
    assert [after - before for before, after in pairwise(starts)] == [91] * 4


def test_a_supervised_process_is_stopped_and_waited_for(tmp_path: Path) -> None:
    child = Child("web", "http.server", ("--bind", HOST, "0"), {"PYTHONUNBUFFERED": "1"},
                  tmp_path / "log")  # fmt: skip
    supervisor = Supervisor([child])
    supervisor.step(0.0)
    process = child.process
    assert process is not None
    assert process.poll() is None
    supervisor.stop()
    assert process.returncode == -signal.SIGTERM


def test_a_tethered_process_ends_when_its_parent_is_gone() -> None:
    command = [sys.executable, "-m", "provodka.flows.tethered", "http.server", "--bind", HOST, "0"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)  # fmt: skip
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) != 0


def test_a_port_that_is_taken_is_passed_by() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        assert free_port(wanted) != wanted
    assert free_port(wanted) == wanted


def test_prefect_keeps_to_the_data_folder_and_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://elsewhere.example/api")
    monkeypatch.setenv("PREFECT_API_KEY", "secret")
    place = Environment(home=tmp_path, config=tmp_path / "hub.yaml", database_url="postgresql://x")
    server, flows = prefect_children(place, 4300)
    for given in (server.environment, flows.environment):
        assert given["PREFECT_API_URL"] == "http://127.0.0.1:4300/api"
        assert given["PREFECT_HOME"] == str(tmp_path / "prefect")
        assert given["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
        assert given["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] == "false"
        assert "PREFECT_API_KEY" not in given
    assert flows.environment["PROVODKA_DATABASE_URL"] == "postgresql://x"


def test_a_second_hub_on_the_same_folder_is_refused_with_the_way_out(tmp_path: Path) -> None:
    lock = tmp_path / "up.lock"
    with only_one(lock), pytest.raises(ProvodkaError, match="уже работает"), only_one(lock):
        pass
    with only_one(lock):
        pass


def test_a_missing_file_that_a_person_named_is_not_taken_for_a_wish_to_play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVODKA_CONFIG", raising=False)
    assert lacks_settings(Environment())
    assert not lacks_settings(Environment(config=Path("prod.yaml")))
    Path("hub.yaml").touch()
    assert not lacks_settings(Environment())


def test_signals_are_heeded_once_and_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with told_to_stop() as stopping:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert stopping.is_set()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_thread_that_may_not_heed_signals_still_gets_its_event() -> None:
    found: list[bool] = []

    def elsewhere() -> None:
        with told_to_stop() as stopping:
            found.append(stopping.is_set())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [False]


class Base(DeclarativeBase):
    """The tables of this test."""


class Planned(Base):
    """A table with a property that is computed from its columns, as Prefect's runs have."""

    __tablename__ = "planned"
    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int]

    @hybrid_property
    def minutes(self) -> int:
        return self.seconds // 60


def test_a_bulk_insert_leaves_computed_values_out() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    rows = [{"id": 1, "seconds": 120, "minutes": 2}]
    with Session(engine) as session, pytest.raises(InvalidRequestError):
        session.execute(insert(Planned), rows)
    assert leave_out_hybrids(Base.registry.mappers) == 1
    with Session(engine) as session:
        session.execute(insert(Planned), rows)
        assert session.get_one(Planned, 1).minutes == 2
    engine.dispose()
