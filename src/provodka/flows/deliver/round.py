"""One worker's round: claim, announce, carry out, settle, until nothing is due."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from provodka.connectors.crm_store import claims
from provodka.connectors.crm_store.leases import LostLease, Worker
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.courier import Courier
from provodka.flows.deliver.outcome import Again, Done, Outcome, outcome_of, unexpected
from provodka.flows.deliver.settling import settle, settle_all
from provodka.foundation.errors import ProvodkaError

__all__ = ["Round"]

log = structlog.get_logger("provodka.deliver")
BATCH = 20
WINDOWS = 4
"""How many times as much as is announced at once is claimed at once."""
PATIENCE = 0.5
"""How long (in seconds) an end that nothing follows from may wait to be recorded with others."""


@dataclass
class Round:
    """What one worker does with the errands of one courier; `counts` are by outcome."""

    engine: Engine
    courier: Courier
    worker: Worker
    documents: Sequence[UUID] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _ended: list[tuple[Errand, Done]] = field(default_factory=list)
    _since: float = 0.0

    def run(self) -> Counter[str]:
        """Work until nothing is due, the system is down, or the lease is lost."""
        try:
            while errands := self._claimed():
                if not self._carried_out(errands):
                    break
        except LostLease as lost:
            self.counts["lost"] += 1
            log.warning("errand_lost", key=lost.where, worker=self.worker.name)
        except DBAPIError:
            # A frozen worker's sessions are ended by the server: it is the lease that is gone.
            if not self.worker.is_lost:
                raise
            self.counts["lost"] += 1
        return self.counts

    def _claimed(self) -> list[Errand]:
        limit = max(BATCH, self.courier.ahead * WINDOWS)
        with self.engine.begin() as connection:
            return claims.claim(connection, self.worker, limit=limit, documents=self.documents)

    def _carried_out(self, errands: Sequence[Errand]) -> bool:
        ahead = self.courier.ahead
        windows = (errands[start : start + ahead] for start in range(0, len(errands), ahead))
        return all(self._announced_and_carried(window) for window in windows)

    def _announced_and_carried(self, errands: Sequence[Errand]) -> bool:
        """`False` when there is no use in going on."""
        self.worker.check()
        with self.engine.begin() as connection:
            ours = claims.announce(connection, errands, self.courier.marker)
        begun = [errand for errand in errands if errand.id in ours]
        for place, errand in enumerate(begun):
            outcome = self._carry(errand)
            self._end(errand, outcome)
            if isinstance(outcome, Again) and outcome.stop:
                self._record_ended()
                self._give_back(begun[place + 1 :])
                return False
        self._record_ended()
        return True

    def _carry(self, errand: Errand) -> Outcome:
        try:
            return self.courier.carry(errand, self.worker.check)
        except LostLease:
            raise
        except ProvodkaError as error:
            return outcome_of(error, errand)
        except OperationalError:
            raise
        except Exception as error:
            # One errand that nobody thought of must not hold up the others.
            log.exception("errand_failed", key=errand.key, operation=errand.operation)
            return unexpected(errand, type(error).__name__)

    def _end(self, errand: Errand, outcome: Outcome) -> None:
        if not (isinstance(outcome, Done) and outcome.plain):
            self.counts[settle(self.engine, self.courier.target, errand, outcome)] += 1
            return
        self._since = self._since if self._ended else time.monotonic()
        self._ended.append((errand, outcome))
        if time.monotonic() - self._since > PATIENCE:
            self._record_ended()

    def _record_ended(self) -> None:
        ended, self._ended = self._ended, []
        if ended:
            self.counts.update(settle_all(self.engine, ended))

    def _give_back(self, errands: Sequence[Errand]) -> None:
        if errands:
            with self.engine.begin() as connection:
                claims.withdraw(connection, errands)
