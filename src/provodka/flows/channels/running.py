"""The stream of channels: everything that they have to tell, now."""

from __future__ import annotations

from collections import Counter

from provodka.flows.channels.fates import ask_fates
from provodka.flows.channels.receiving import receive
from provodka.flows.channels.refusing import heed_refusals
from provodka.flows.deliver.letter_courier import letter_secret
from provodka.flows.deliver.outside import sms_gateway, telegram_bot
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.flows.work import Work

__all__ = ["run_channels"]

MEGABYTE = 1024 * 1024


def run_channels(hub: Hub, work: Work) -> Counter[str]:
    """Messages to the bot, deliveries of SMS, refusals of mailings; counts of all of them."""
    counts: Counter[str] = Counter()
    outside, mail = hub.settings.outside, hub.settings.mail
    if outside.telegram is not None:
        bot = telegram_bot(outside.telegram)
        largest = (mail.largest_file_mb if mail else 20) * MEGABYTE
        files = FileStore(files_folder(hub))
        counts += receive(work, bot, letter_secret(hub.settings), files, largest)
    if outside.smsc is not None:
        counts += ask_fates(hub.engine, "sms", sms_gateway(outside.smsc), hub.clock())
    secret = letter_secret(hub.settings)
    if mail is not None and mail.unsubscribe and secret:
        counts += heed_refusals(hub.engine, secret, hub.clock())
    return counts
