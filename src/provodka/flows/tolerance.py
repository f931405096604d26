"""How much of a page may be set aside before its stream stops.

A mapping that no longer fits, or a source that has gone mad, sets aside document after document.
Then the page is undone and the cursor stays where it is: nothing is lost, and a person is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import quarantine
from provodka.flows.settings import Streams
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Aside", "Tolerance", "TooManySetAside"]


@dataclass(frozen=True, slots=True)
class Aside:
    """A document that was set aside now and had not been before, as quarantine keeps it."""

    stream: str
    key: str
    payload: Any
    error: ProvodkaError
    mapping_version: str = ""


class TooManySetAside(ProvodkaError):
    """A stream stops: too much of one page makes no sense. `aside` is what was set aside."""

    aside: Sequence[Aside] = ()

    def keep(self, connection: Connection) -> None:
        """Put what stopped the stream into quarantine, for a person to look at.

        To be called after the page's own transaction has been undone.
        """
        for one in self.aside:
            version = one.mapping_version
            said = (one.stream, one.key, one.payload, one.error, version)
            quarantine.set_aside(connection, *said, state="stopped")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """More than `share` percent of a page, and at least `least` documents of it, are too many."""

    share: int
    least: int

    @classmethod
    def of(cls, streams: Streams) -> Tolerance:
        """What `hub.yaml` says."""
        return cls(streams.set_aside_share, streams.set_aside_least)

    def check(self, stream: str, read: int, aside: Sequence[Aside]) -> None:
        """Raise `TooManySetAside` if that much of a page of `read` documents is set aside.

        Documents that had been set aside before belong neither to `read` nor to `aside`.
        """
        if len(aside) < self.least or len(aside) * 100 <= read * self.share:
            return
        [(code, times)] = Counter(one.error.code for one in aside).most_common(1)
        example = next(one.error for one in aside if one.error.code == code)
        stopped = TooManySetAside(
            _("Поток {stream}").format(stream=stream),
            found=_("отложено {count} из {read}; чаще всего ({times}): {where}: {found}").format(
                count=len(aside),
                read=read,
                times=times,
                where=example.where,
                found=example.found,
            ),
            expected=_("не больше {share} % страницы").format(share=self.share),
            next_step=_(
                "страница не принята и будет прочитана снова; исправьте соответствие или данные "
                "(provodka quarantine list --stream {stream}), а если так и надо, поднимите "
                "streams.set_aside_share"
            ).format(stream=stream),
            code="too_many_set_aside",
        )
        stopped.aside = tuple(aside)
        raise stopped
