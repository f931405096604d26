"""What a letter says, worked out from its bytes alone: nothing is fetched, run or unpacked.

`read_letter` never raises for what a letter contains, however broken or hostile: what
could not be understood is named in `Letter.problems`. Archives stay closed.
"""

from provodka.connectors.mail.understanding.letters import (
    Address,
    Attachment,
    Attendee,
    Bounce,
    FailedRecipient,
    Invitation,
    Kind,
    Letter,
    Receipt,
)
from provodka.connectors.mail.understanding.reading import read_letter
from provodka.connectors.mail.understanding.safe_html import safe_html

__all__ = [
    "Address",
    "Attachment",
    "Attendee",
    "Bounce",
    "FailedRecipient",
    "Invitation",
    "Kind",
    "Letter",
    "Receipt",
    "read_letter",
    "safe_html",
]
