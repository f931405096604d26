"""Text for people: Russian in the source, English from a gettext catalogue."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

__all__ = ["LANGUAGES", "_", "language", "marked", "speaking"]

LANGUAGES = ("ru", "en")
LOCALE_DIR = Path(__file__).parent / "locale"
SPOKEN: ContextVar[str | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Another language than the process's, for what this block shows to one reader."""
    before = SPOKEN.set(lang if lang in LANGUAGES else None)
    try:
        yield
    finally:
        SPOKEN.reset(before)


def language() -> str:
    """The reader's language, else the process's: `PROVODKA_LANG`, Russian by default."""
    spoken = SPOKEN.get()
    if spoken is not None:
        return spoken
    wanted = os.environ.get("PROVODKA_LANG", "ru")[:2].lower()
    return wanted if wanted in LANGUAGES else "ru"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang == "ru":
        return gettext.NullTranslations()
    return gettext.translation("provodka", LOCALE_DIR, [lang], fallback=True)


def marked(text: str) -> str:
    """The text unchanged, noted for the catalogue: declared on import, given to `_` when shown."""
    return text


def _(text: str) -> str:
    """Translate a Russian source string into the reader's language."""
    return _catalogue(language()).gettext(text) if text else ""
