"""How headers are written on the wire, where the standard library's way loses something.

Python's `EmailPolicy` drops a space where a long Russian subject is folded, and turns an
identifier longer than a line into an encoded word, which breaks threads (RFC 5322 §3.6.4
has no encoded words there).
"""

from __future__ import annotations

from email.header import Header
from email.policy import EmailPolicy
from email.utils import quote
from typing import Any

__all__ = ["DEAL_HEADER", "EFFECT_HEADER", "POLICY"]

EFFECT_HEADER = "X-Provodka-Effect"
DEAL_HEADER = "X-Provodka-Deal"
IDENTIFIERS = frozenset(
    {"message-id", "in-reply-to", "references", "list-unsubscribe", "content-id"}
    | {EFFECT_HEADER.lower(), DEAL_HEADER.lower()}
)
ADDRESSES = frozenset({"from", "to", "cc", "bcc", "reply-to"})
SHORT = 60


class _LetterPolicy(EmailPolicy):
    """Lines end in CR LF, contents have 7 bits, headers are folded by the rules below."""

    def fold(self, name: str, value: Any) -> str:
        """One header as text."""
        return self._folded(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header as bytes."""
        folded = self._folded(name, value)
        return folded.encode("ascii") if folded else super().fold_binary(name, value)

    def _folded(self, name: str, value: Any) -> str:
        key = name.lower()
        if key in IDENTIFIERS:
            text = f"{self.linesep} ".join(str(value).split())
        elif key == "subject":
            text = self._words(str(value), name)
        elif key in ADDRESSES:
            boxes = (self._mailbox(box.display_name, box.addr_spec) for box in value.addresses)
            text = f",{self.linesep} ".join(boxes)
        else:
            return ""
        return f"{name}: {text}{self.linesep}"

    def _mailbox(self, shown: str, address: str) -> str:
        if not shown:
            return address
        short = shown.isascii() and "=?" not in shown and len(shown) <= SHORT
        phrase = f'"{quote(shown)}"' if short else self._words(shown, "Reply-To", always=True)
        return f"{phrase}{self.linesep} <{address}>"

    def _words(self, text: str, name: str, *, always: bool = False) -> str:
        if text.isascii() and "=?" not in text and len(text) <= SHORT and not always:
            return text
        header = Header(text, "utf-8", header_name=name, maxlinelen=76)
        return header.encode(linesep=self.linesep)


POLICY = _LetterPolicy(linesep="\r\n", cte_type="7bit", raise_on_defect=False)
