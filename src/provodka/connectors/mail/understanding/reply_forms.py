"""How mail programs introduce what they quote, in the languages letters come in.

Each form was seen in letters of a real program: Gmail, Outlook, Apple Mail, Thunderbird,
Mail.ru, Яндекс Почта, Roundcube, Zoho, phones.
"""

from __future__ import annotations

import re

__all__ = [
    "BANNER",
    "CLOSING",
    "DISCLAIMER",
    "LIST_FOOTER",
    "QUOTE_END",
    "SENT_FROM",
    "SENT_FROM_LAST",
    "SEPARATOR",
    "is_quote_line",
    "mail_header",
]

_WROTE = (
    r"wrote|writes|sent|написал(?:а|и|\(а\))?|пишет|писал(?:а|и|\(а\))?|ответил(?:а|\(а\))?|"
    r"schrieb|geschrieben|a\s+écrit|a\s+ecrit|ha\s+scritto|scrisse|escribió|escribio|escreveu|"
    r"skrev|kirjoitti|schreef|geschreven|napisał(?:a|\(a\))?|napsal(?:a|\(a\))?|a\s+scris|yazdı|"
    r"va\s+escriure|het\s+geskryf|написав|пише"
)
_BEGIN = (
    r"On|Am|Le|Il(?:\s+giorno)?|El|Em|Op|Den|På|Pe|W\s+dniu|Dnia|Dne|ke|ti|to|ma|pe|la|su|"
    r"На|В|Во|At|In|Date|Le\s+jour|em|Da"
)
# The last line of an introduction is found first; what comes before is looked at only then.
QUOTE_END = re.compile(
    rf"(?i)(?:\b(?:{_WROTE})\b.{{0,120}}:?|[>@»\"'”)\]].{{0,80}}:|wrote\s*-{{2,}}|:)\s*$"
)
_DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.?\s+(?:de\s+)?[^\W\d]{3,12}\.?,?\s+(?:de\s+)?\d{4}"
    r"|[^\W\d]{3,12}\.?\s+\d{1,2},?\s+\d{4})"
)
_QUOTES = (
    re.compile(rf"(?i)[-*>\s]*(?:{_BEGIN})\b(?=.{{0,200}}\d).{{4,400}}\b(?:{_WROTE})\b.{{0,200}}"),
    re.compile(rf"(?i)[-*\s]*.{{0,160}}?{_DATE}.{{0,260}}\b(?:{_WROTE})\b.{{0,200}}"),
    re.compile(rf"(?i).{{0,160}}\b(?:{_WROTE})\b.{{0,60}}?{_DATE}.{{0,200}}:"),
    re.compile(rf"(?i).{{0,120}}?[\w.+-]+@[\w.-]+[>)\]]*.{{0,60}}\b(?:{_WROTE})\b.{{0,40}}:"),
    # Gmail, Mail.ru and Яндекс have no verb: a date, a time, somebody, a colon.
    re.compile(
        r"(?i)(?=.{0,100}\d[:.]\d\d)[\w«\"*,.:\s]{0,40}?"
        rf"{_DATE}.{{4,260}}[@>»\"”)].{{0,80}}:"
    ),
    re.compile(r"(?i).{2,80}?<?[\w.+-]+@[\w.-]+>?.{0,20}\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.{0,40}:"),
)
_NOTHING_BUT_TIME = re.compile(r"(?i)[\d\s:./,-]*(?:[ap]m)?:?")
_DATE_OR_ADDRESS = re.compile(r"\d|@")
SEPARATOR = re.compile(
    r"(?i)\s*(?:[-_=*—–]{2,}\s*)?(?:"
    r"original\s+(?:message|e-?mail)|reply\s+message|forwarded\s+(?:message|by\b.{0,80})|"
    r"begin\s+forwarded\s+message|исходное\s+(?:сообщение|письмо)|"
    r"перес(?:ылаемое|ланное)\s+(?:сообщение|письмо)|"
    r"начало\s+пере(?:адресованного|сылаемого|сланного)\s+(?:сообщения|письма)|"
    r"конец\s+пере(?:адресованного|сылаемого|сланного)\s+(?:сообщения|письма)|"
    r"ursprüngliche\s+nachricht|urspr\.\s+nachricht|original-nachricht|weitergeleitete\s+nachricht|"
    r"message\s+(?:d['’]origine|original|transféré)|messaggio\s+(?:originale|inoltrato)|"
    r"mensaje\s+original|mensagem\s+original|oprindelig\s+(?:meddelelse|besked)|"
    r"opprinnelig\s+melding|ursprungligt\s+meddelande|alkuperäinen\s+viesti|"
    r"oorspronkelijk\s+bericht|wiadomość\s+oryginalna|původní\s+zpráva"
    r")\s*(?::\s*|(?:[-_=*—–]{2,}\s*))"
)
_FROM = r"from|от(?:\s+кого)?|von|de|da|fra|från|lähettäjä|van|od|expéditeur|отправитель|från|від"
_OTHER = (
    r"sent|date|message\s+du|to|cc|bcc|subject|reply-to|importance|отправлено|дата|кому|копия|тема|"
    r"отправлен|важность|gesendet|datum|an|betreff|kopie|envoyé|à|objet|inviato|data|a|oggetto|"
    r"enviado(?:\s+el|\s+em)?|para|fecha|asunto|assunto|sendt|dato|til|emne|kopi|skickat|till|"
    r"ämne|lähetetty|vastaanottaja|päivämäärä|aihe|verzonden|aan|onderwerp|wysłano|do|dw|temat|"
    r"odesláno|komu|předmět|надіслано"
)
_HEADER = re.compile(rf"(?i)[\s>*_]*(?:(?P<sender>{_FROM})|(?P<other>{_OTHER}))\s*:[*_]*(?:\s|$)")
SENT_FROM = re.compile(
    r"(?i)\s*(?:sent\s+(?:from|via|with|by)\s+(?:my|the|yahoo|outlook|mail|mobile|samsung|gmail|"
    r"proton|tutanota|huawei|xiaomi|blackberry|windows|nine|aol|aqua|iphone|ipad|android|"
    r"a\s+mobile|postbox|airmail|spark|mailbird|superhuman|front|helpscout|copper|hey)\b.{0,120}"
    r"|get\s+outlook\s+for\s+\w+.{0,120}"
    r"|отправлено\s+(?:с(?:о)?|из|от|через)\s+(?:мо(?:его|ей)|мобильн|iphone|ipad|android|samsung|"
    r"galaxy|huawei|honor|xiaomi|redmi|телефона|планшета|смартфона|устройства|почты\s+mail|"
    r"почты\s+яндекс|приложения|яндекс|mail|outlook|gmail|the\s+bat|blackberry|windows|nokia)"
    r".{0,100}"
    r"|послано\s+с\s+.{2,80}|посланное\s+с\s+.{2,80}"
    r"|(?:von\s+meinem|gesendet\s+(?:von|mit|über))\s+.{2,80}"
    r"|envoyé\s+(?:de|depuis|à\s+partir)\s+.{2,80}|télécharger\s+outlook\s+pour\s+.{2,80}"
    r"|obtenir\s+outlook\s+pour\s+.{2,80}|enviado\s+(?:desde|do|a\s+partir)\s+.{2,80}"
    r"|inviato\s+(?:da|dal)\s+.{2,80}|sendt\s+fra\s+.{2,80}|skickat\s+från\s+.{2,80}"
    r"|lähetetty\s+.{2,40}(?:sta|stä|lta|ltä)\b.{0,20}|verstuurd\s+vanaf\s+.{2,80}"
    r"|wysłane\s+z\s+.{2,80}|надіслано\s+з\s+.{2,80}|загрузить\s+outlook\s+для\s+.{2,80}"
    r"|скачать\s+outlook\s+для\s+.{2,80})\s*"
)
SENT_FROM_LAST = re.compile(
    r"\s*(?:[Ss]ent\s+(?:from|via|using)|[Оо]тправлено\s+(?:с|из|через))\s+<?[A-Z]\S.{0,80}"
)
CLOSING = re.compile(
    r"(?i)\s*(?:с\s+(?:уважением|наилучшими\s+пожеланиями|почтением|благодарностью\s+и\s+уважением)|"
    r"всего\s+(?:доброго|наилучшего)|хорошего\s+дня\s+и\s+с\s+уважением|"
    r"(?:best|kind|warm|many|with|warmest|kindest)\s+regards|regards|sincerely(?:\s+yours)?|"
    r"yours\s+(?:sincerely|faithfully|truly)|best\s+wishes|cheers\s+and\s+regards|"
    r"mit\s+(?:freundlichen|besten|herzlichen)\s+gr(?:ü|ue)(?:ß|ss)en|(?:viele|beste)\s+gr(?:ü|ue)(?:ß|ss)e|"
    r"(?:bien\s+)?cordialement|cordiali\s+saluti|distinti\s+saluti|saludos(?:\s+cordiales)?|"
    r"atenciosamente|med\s+v[eä]nlig(?:a)?\s+h[iä]ls(?:en|ning(?:ar)?)|"
    r"ystävällisin\s+terveisin|met\s+vriendelijke\s+groet(?:en)?|з\s+повагою)"
    r"(?:[\s,.!:;—–-].{0,60})?"
)
DISCLAIMER = re.compile(
    r"(?i)[\s*_]*(?:(?:legal\s+)?(?:disclaimer|confidentiality)\b|confidential(?:ity)?\s+notice|"
    r"(?:this|the)\s+(?:e-?mail|message|communication|information\s+contained)\b"
    r".{0,200}\b(?:confidential|intended|privileged)|"
    r"please\s+consider\s+the\s+environment|"
    r"(?:настоящее|данное|это|этот)\s+(?:электронное\s+)?(?:сообщение|письмо|e-?mail)\b"
    r".{0,200}(?:конфиденциальн|предназначен|является)|"
    r"(?:уведомление\s+о\s+конфиденциальности|конфиденциальность\s*:)|"
    r"информация,?\s+содержащаяся\s+в\s+(?:настоящем|данном|этом).{0,200}|"
    r"(?:вы\s+получили\s+это\s+письмо,?\s+(?:так\s+как|потому\s+что))|"
    r"письмо\s+проверено\s+(?:на\s+вирусы|антивирус)|virus-free|без\s+вирусов)"
)
BANNER = re.compile(
    r"(?i)[\s*_\[!⚠️]*(?:caution|warning|external(?:\s+e-?mail|\s+sender)?|внимание|осторожно|"
    r"внешн(?:ее\s+письмо|яя\s+почта|ий\s+отправитель))\b[\]!:.*\s—-]*"
    r"(?:.{0,200}(?:outside|external|внешн|извне|не\s+переходите|не\s+открывайте).{0,300}|)"
)
LIST_FOOTER = re.compile(r"_{2,}\s*|-{30,}\s*|={30,}\s*")


def is_quote_line(joined: str, *, whole: bool = False) -> bool:
    """Whether a line (put together from up to five) introduces a quotation.

    `whole` asks for one that can only begin here: with "On", a weekday, a date.
    """
    if len(joined) > 600 or not _DATE_OR_ADDRESS.search(joined):
        return False
    if _NOTHING_BUT_TIME.fullmatch(joined):
        return False
    forms = (_QUOTES[0], _QUOTES[4]) if whole else _QUOTES
    return any(form.fullmatch(joined) for form in forms)


def mail_header(line: str) -> str:
    """``sender`` or ``other`` for a line of a copied letter's head, else nothing."""
    found = _HEADER.match(line[:200])
    return (found.lastgroup or "") if found else ""
