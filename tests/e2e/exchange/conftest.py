"""A hub that talks to its base by messages of EnterpriseData alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.e2e.company import Company
from tests.e2e.exchange.talk import Talk, met
from tests.e2e.neighbours import Neighbours

from provodka.flows.hub import Hub, open_hub
from provodka.flows.settings import Environment

NODE = "CRM"
BY_MESSAGES = f"""\
  protocol: enterprise_data
  exchange_node: {NODE}
  part_kb: 16
  job_poll: 0.005
  job_deadline: 20
  lost_answer_wait: 0
"""


@pytest.fixture
def environment(environment: Environment) -> Environment:
    """As elsewhere, over the other protocol."""
    config = environment.config.read_text(encoding="utf-8")
    head, _own, rest = config.partition("  lost_answer_wait: 0\n")
    config = head + BY_MESSAGES + rest
    environment.config.write_text(config, encoding="utf-8")
    return environment


@pytest.fixture
def hub(environment: Environment, patience: None, sandbox: Neighbours) -> Iterator[Hub]:
    """A hub in this process, with a node of its own in the base."""
    sandbox.control.post("enterprise-data/peers", json={"code": NODE}).raise_for_status()
    with open_hub(environment) as opened:
        yield opened


@pytest.fixture
def company(hub: Hub) -> Company:
    """People at work; catalogs have come in the base's first message."""
    return met(hub)


@pytest.fixture
def talk(hub: Hub, company: Company, sandbox: Neighbours) -> Talk:
    """The company, its hub and its base."""
    return Talk(hub, company, sandbox)
