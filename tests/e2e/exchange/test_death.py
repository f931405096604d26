"""The hub dies between any two steps of an exchange, and by a real kill in the midst of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.e2e.company import run
from tests.e2e.exchange.talk import Talk
from tests.e2e.worker import Worker

from provodka.connectors.onec.enterprise_data.soap.channel import Channel
from provodka.flows.settings import Environment

KILLS = 12


class Death(BaseException):
    """The process is no more: nothing catches this."""


@dataclass
class Steps:
    """Counts commits and calls, and dies at one of them: before it or right after."""

    fatal: int
    met: int = 0

    def step(self) -> None:
        self.met += 1
        if self.met == self.fatal:
            raise Death


@contextmanager
def mortal(engine: Engine, steps: Steps, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each commit and each call of the base is two places to die at."""
    plain = Channel.post
    committed = engine.dialect.do_commit

    def post(self: Channel, *given: Any, **said: Any) -> Any:
        steps.step()
        answer = plain(self, *given, **said)
        steps.step()
        return answer

    def commit(connection: Any) -> None:
        steps.step()
        committed(connection)
        steps.step()

    with patch.context() as patched:
        patched.setattr(Channel, "post", post)
        patched.setattr(engine.dialect, "do_commit", commit)
        yield


@pytest.mark.parametrize(
    "stride", [pytest.param(3, id="some"), pytest.param(1, id="all", marks=pytest.mark.soak)]
)
def test_a_death_between_any_two_steps_loses_and_doubles_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    company, sandbox = talk.company, talk.sandbox
    issued = []
    deal = company.deal()
    for number in count(1, stride):
        issued.append(company.bill(deal))
        run(talk.hub, "invoices")
        steps = Steps(number)
        try:
            with mortal(talk.hub.engine, steps, monkeypatch):
                company.now()
                run(talk.hub, "exchange")
        except Death:
            company.now()
            run(talk.hub, "exchange")
        else:
            break
        entered = company.number(issued[-1])
        assert talk.invoices().count(entered) == 1, f"died at step {number}"
        sandbox.pay(entered)
    assert number > 20
    run(talk.hub, "exchange", "exchange")
    paid = company.rows("SELECT paid_amount, accounting FROM crm.invoice ORDER BY id")
    assert [tuple(one) for one in paid[:-1]] == [(50000, "entered")] * (len(issued) - 1)
    assert company.value("SELECT count(*) FROM crm.payment") == len(issued) - 1
    assert len(talk.invoices()) == len(issued)
    assert company.set_aside() == []


@pytest.mark.timeout(180)
def test_real_kills_in_the_midst_of_exchanges_lose_and_double_nothing(
    talk: Talk, environment: Environment, tmp_path: Path
) -> None:
    company, sandbox = talk.company, talk.sandbox
    worker = Worker(environment, tmp_path / "complaints.jsonl")
    sandbox.fault("latency", count=None, probability=0.3, seconds=0.03)
    deal, issued = company.deal(), []
    for number in range(KILLS):
        issued.append(company.bill(deal))
        worker.start()
        time.sleep(0.1 + 0.05 * (number % 7))
        worker.kill()
    for invoice in issued:
        sandbox.tried("pay", company.number(invoice), None)
    sandbox.mend()
    talk.round(3)
    for invoice in issued:
        sandbox.tried("pay", company.number(invoice), None)
    talk.round(3)
    assert worker.complaints() == []
    assert talk.invoices() == sorted(map(company.number, issued))
    paid = company.rows("SELECT paid_amount FROM crm.invoice")
    assert [one.paid_amount for one in paid] == [50000] * KILLS
    assert company.value("SELECT count(*) FROM crm.payment") == KILLS
    assert company.set_aside() == []
