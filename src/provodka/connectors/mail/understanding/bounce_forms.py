"""How mail systems word that a letter was not delivered, and why.

The words were gathered from bounces of about eighty systems and from Russian providers.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = [
    "COPY_BEGINS",
    "FAILURE",
    "MACHINE",
    "SUBJECT",
    "WAITING",
    "reason_of",
]

MACHINE = re.compile(
    r"(?i)(?:mailer-?daemon|mail-daemon|post_?master|mail-?deliver\w*|maildelivery\w*|"
    r"mdaemon|mail\.?administrator|mailadmin|mail-?system|mailerdaemon|microsoftexchange\w*|"
    r"bounces?|returned?-?mail|no-?reply-?bounce|system-?administrator|mail-?gateway)"
    r"(?:[+=-][^@]*)?@?|mail delivery (?:sub)?system|system administrator|mailer.daemon|"
    r"mail delivery service"
)
SUBJECT = re.compile(
    r"(?i)undeliver(?:able|ed)|not\s+(?:be\s+)?delivered|undelivered\s+mail|"
    r"(?:mail|message|e-?mail)?\s*deliver(?:y|ing)\s+(?:has\s+)?(?:status\s+notification\s*\((?:failure|delay)"
    r"|fail|problem|error|report|delay|unsuccessful)|delivery\s+status\s+notification|"
    r"non[- ]?deliver(?:y|ed|able)|failed\s+(?:mail|delivery|to\s+deliver)|"
    r"(?:mail|delivery|message)\s+(?:system\s+)?(?:failure|error)|failure\s+(?:notice|delivery)|"
    r"return(?:ed|ing)\s+(?:mail|message|to\s+sender|e-?mail)|mail\s+(?:returned|could\s+not)|"
    r"couldn'?t\s+be\s+delivered|wasn'?t\s+delivered|cannot\s+be\s+(?:sent|delivered)|"
    r"unable\s+to\s+deliver|message\s+(?:you\s+sent\s+)?(?:blocked|rejected|undelivered)|bounce\s+notif|"
    r"(?:warning|delayed)\b.{0,40}(?:delay|mail|not\s+sent|still\s+being)|error\s+(?:sending|mail|message)|"
    r"mail\s+(?:transport|transfer)\s+(?:error|unsuccessful)|rejected\s+mail|user\s+unknown|"
    r"permanent\s+(?:delivery\s+)?failure|notification\s+d'échec|bounce\b|dsn\b|postmaster\s+notify|"
    r"unzustellbar|zustellung|nicht\s+zugestellt|échec\s+de\s+(?:la\s+)?(?:remise|distribution)|"
    r"mancata\s+consegna|onbestelbaar|no\s+se\s+(?:puede|pudo)\s+entregar|não\s+entregue|"
    r"недоставлен|не\s+(?:был[оаи]?\s+)?доставлен|не\s+(?:удалось|удаётся|удается|может\s+быть)\s+"
    r"(?:доставить|доставлен|отправить)|невозможно\s+доставить|ошибка\s+(?:при\s+)?(?:доставк|отправк)|"
    r"(?:сбой|отказ|проблема)\s+(?:при\s+)?(?:доставк|отправк)|возвращ(?:ено|енн|ение)|"
    r"возврат\s+(?:письма|почты|сообщения)|задержка\s+доставки|отчёт\s+о\s+(?:не)?доставк"
)
FAILURE = re.compile(
    r"(?i)(?:could|can|was|were|has|have)(?:\s*not|n'?t)\s+(?:be\s+|been\s+)?(?:delivered|sent|reach|deliver)|"
    r"undeliver(?:able|ed)|deliver(?:y|ing)\b.{0,60}\b(?:fail|problem|error|unsuccessful|impossible|delayed|"
    r"cancelled|aborted|gave\s+up)|(?:unable|failed|impossible)\s+to\s+(?:be\s+)?(?:deliver|relay|send|reach)|"
    r"returned\s+(?:to\s+(?:the\s+)?sender|mail|message)|permanent\s+(?:fatal\s+)?(?:error|failure)|"
    r"(?:fatal|transient\s+non-fatal|delivery)\s+errors?|qmail-send|mail\s+delivery\s+software|"
    r"(?:user|recipient|address|mailbox|account|host|domain)\b.{0,60}\b(?:unknown|not\s+(?:found|exist|known|"
    r"available|active|a\s+valid)|n't\s+exist|invalid|rejected|unavailable|disabled|full|over\s+quota|"
    r"(?:not|n't)\s+(?:have|accept|receive))|(?:unknown|invalid|no\s+such|bad)\s+(?:user|recipient|mailbox|"
    r"address|host|domain|local)|(?:said|error|reply|response|status)\b.{0,80}\b[45]\d\d[ -]|"
    r"\b[45]\d\d[ -]#?[45]\.\d{1,3}\.\d{1,3}\b|rejected\s+(?:by|due|because|for)|"
    r"(?:over|exceed\w*)\s+(?:its\s+|the\s+|his\s+)?(?:disk\s+)?quota|mailbox\s+(?:is\s+)?full|"
    r"(?:automatically|returned)\s+rejected|did\s+not\s+reach|not\s+sent\s+(?:to|because)|"
    r"failed\s+(?:addresses|recipients?)|recipients?\s+(?:that\s+)?failed|wasn'?t\s+able\s+to\s+deliver|"
    r"не\s+(?:был[оаи]?\s+|может\s+быть\s+|могло\s+быть\s+)?доставлен|не\s+(?:удалось|удаётся|удается)\s+"
    r"(?:доставить|отправить)|невозможно\s+доставить|не\s+(?:найден|существует)|недоставлен|"
    r"(?:ящик|квота)\b.{0,40}(?:переполнен|превышен|отключ|заблокирован)|"
    r"nicht\s+(?:zugestellt|ausgeliefert|erreichbar)|unzustellbar|n'a\s+pas\s+pu\s+être\s+(?:remis|délivré)"
)
WAITING = re.compile(
    r"(?i)(?:will|we'll|continue[sd]?\s+to|still|keep)\s+(?:be\s+)?(?:retry|re-?tried|trying|try|attempt|queue)|"
    r"you\s+do\s+not\s+need\s+to\s+(?:resend|re-send)|(?:do\s+not|don't)\s+(?:need\s+to\s+)?(?:resend|re-?send)|"
    r"warning\s+message\s+only|this\s+is\s+a\s+warning|could\s+not\s+send\s+message\s+for\s+past|"
    r"delayed\s+(?:mail|delivery)|delivery\s+(?:has\s+been\s+|is\s+)?delayed|"
    r"попытки\s+(?:доставки\s+)?(?:будут\s+)?продолж|задержк"
)
COPY_BEGINS = re.compile(
    r"(?im)^[-=>#*\s]{0,40}(?:(?:below\s+this\s+line|this)\s+is\s+a\s+copy\s+of|"
    r"(?:the\s+)?(?:original|undelivered|returned|unsent|bounced|your)\s+(?:mail\s+)?(?:message|e-?mail|mail)"
    r"(?:\s+(?:headers?|text|follows|was|below|attached|body))*\s*(?:[-=:*]|follows|$)|"
    r"(?:the\s+)?header(?:s)?\s+(?:of\s+the|from\s+the|follows)|message\s+headers?\s+follow|"
    r"(?:первоначальное|исходное|оригинальное)\s+(?:письмо|сообщение)|заголовки\s+).{0,80}$|"
    r"^>?(?:return-path|received|dkim-signature|x-[a-z-]{3,40})\s*:\s.{0,400}\n"
    r"(?:[ \t].*\n|[A-Za-z-]{2,60}:.*\n)"
)
_REASONS: tuple[tuple[str, bool, re.Pattern[str]], ...] = tuple(
    (status, permanent, re.compile("(?i)" + words))
    for status, permanent, words in (
        (
            "5.1.1",
            True,
            r"recipient\s+address\s+rejected:\s*(?:user|undeliverable|access\s+denied\.?\s*(?:\[|as))|"
            r"user\s+unknown|unknown\s+user|no\s+such\s+user",
        ),
        (
            "5.7.1",
            False,
            r"(?:after|reply\s+to)\s+(?:the\s+)?(?:mail\s+from|helo|ehlo|initial\s+connection)|"
            r"sender\b.{0,60}\b(?:rejected|denied|verif|not\s+(?:exist|found|allowed|valid)|invalid|unknown)|"
            r"domain\s+of\s+sender|receiving\s+mail\s+at\s+a\s+rate|\bptr\b|reverse\s+dns|"
            r"(?:unauthenticated|unverified|not\s+verified)",
        ),
        (
            "5.2.2",
            False,
            r"quota|(?:mail)?box\s+(?:is\s+|for\s+.{1,80}\s+is\s+)?full|mailfolder\s+is\s+full|"
            r"over\s+(?:the\s+)?(?:limit|storage)|insufficient\s+(?:disk|system)\s+(?:space|storage)|"
            r"not\s+enough\s+(?:disk\s+)?space|out\s+of\s+storage|ящик\s+переполнен|переполнен",
        ),
        (
            "5.3.4",
            False,
            r"(?:message|mail|size)\b.{0,40}(?:too\s+(?:big|large|long)|exceed)|exceed\w*\s+.{0,30}\bsize|"
            r"слишком\s+больш|превыша.{0,30}размер",
        ),
        (
            "5.7.1",
            False,
            r"\bspam|spamhaus|blacklist|black\s*list|block\s*list|blocklist|dnsbl|\brbl\b|spf\b|dkim|dmarc|"
            r"reputation|poor\b.{0,20}\breputation|virus|content\s+(?:rejected|filter)|policy|"
            r"relay(?:ing)?\s+(?:access\s+)?(?:denied|not\s+(?:permitted|allowed))|not\s+permitted\s+to\s+relay|"
            r"access\s+denied|not\s+authori[sz]ed|authentication\s+required|prohibited|"
            r"client\s+host\s+.{0,60}(?:blocked|rejected)|спам|заблокирован\w*\s+(?:фильтр|правил)",
        ),
        (
            "5.1.1",
            True,
            r"(?:user|recipient|mailbox|account|address|local\s+part|alias|addressee|destination)s?\b"
            r".{0,60}\b(?:unknown|not\s+(?:be\s+)?found|(?:does\s+not|doesn'?t|not)\s+exist|not\s+known|invalid|"
            r"no\s+longer|not\s+(?:a\s+)?(?:valid|here|listed)|unavailable|not\s+available|undeliverable)|"
            r"(?:unknown|invalid|no\s+such|bad|non-?existent|unrouteable|unroutable|incorrect)\s+"
            r"(?:local\s+|virtual\s+)?(?:user|recipient|mailbox|address|account|person|alias|destination)|"
            r"no\s+(?:such\s+)?(?:mailbox|user|account|recipient)|doesn'?t\s+have\s+an?\s+\S+\s+account|"
            r"user\s+is\s+unknown|not\s+our\s+customer|isn'?t\s+in\s+(?:our|my)\s+|rejected\s+address|"
            r"recipient\s+address\s+rejected|(?:адрес|пользовател|ящик|получател)\w*\b.{0,60}"
            r"(?:не\s+(?:найден|существует|зарегистрирован)|неизвест)|нет\s+такого",
        ),
        (
            "5.2.1",
            True,
            r"(?:account|mailbox|user|recipient|address)\b.{0,50}\b(?:disabled|inactive|suspended|deactivated|"
            r"locked|expired|closed|blocked|not\s+active)|(?:ящик|аккаунт|пользовател)\w*\b.{0,40}"
            r"(?:отключ|заблокирован|удал[её]н|неактив)",
        ),
        (
            "5.1.2",
            True,
            r"(?:host|domain|server)\b.{0,40}\b(?:unknown|not\s+found|(?:does\s+not|doesn'?t)\s+exist|"
            r"no\s+such)|(?:unknown|no\s+such|bad)\s+(?:host|domain|destination\s+(?:host|system))|"
            r"name\s+or\s+service\s+not\s+known|nxdomain|no\s+(?:mx|mail\s+server)|unrouteable\s+mail\s+domain|"
            r"couldn'?t\s+find\s+any\s+host|indicated\s+no\s+smtp\s+service|null\s*mx|"
            r"mx\s+(?:record\s+)?points\s+to|"
            r"домен\w*\b.{0,40}не\s+(?:найден|существует)",
        ),
        (
            "4.4.1",
            False,
            r"timed?\s*out|connection\s+(?:refused|lost|timed|dropped|reset)|try\s+again|temporar|greylist|"
            r"grey-?listed|defer|retry|no\s+route\s+to\s+host|network\s+is\s+unreachable|queue\s+too\s+long|"
            r"too\s+many\s+(?:hops|connections|messages|recipients)|rate\s+limit|врем(?:я\s+ожидания|енн)",
        ),
    )
)


@lru_cache(maxsize=256)
def reason_of(words: str) -> tuple[str, bool] | None:
    """(enhanced status code, permanent or not) that the words of a refusal mean, if they do."""
    shown = " ".join(words[:1500].split())
    for status, permanent, form in _REASONS:
        if form.search(shown):
            return status, permanent
    return None
