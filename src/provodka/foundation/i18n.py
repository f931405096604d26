"""Text for people: Russian in the source, English from a gettext catalogue."""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path

__all__ = ["LANGUAGES", "_", "language", "marked"]

LANGUAGES = ("ru", "en")
LOCALE_DIR = Path(__file__).parent / "locale"


def language() -> str:
    """The language of this process: `PROVODKA_LANG` (`ru` or `en`), Russian by default."""
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
    """Translate a Russian source string into the language of this process."""
    return _catalogue(language()).gettext(text) if text else ""
