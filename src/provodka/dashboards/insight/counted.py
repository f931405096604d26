"""What a run has counted, in words; a counter that has no word stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from provodka.foundation.i18n import _, marked

__all__ = ["counter_word", "tally"]

COUNTERS = {
    "read": marked("прочитано"),
    "checked": marked("сверено отчетов"),
    "versions": marked("новых версий строк"),
    "new": marked("новых"),
    "changed": marked("изменено"),
    "same": marked("без изменений"),
    "set_aside": marked("отложено"),
    "parked": marked("ждут родителя"),
    "conflicts": marked("конфликтов"),
    "deleted": marked("удалено"),
    "foreign": marked("не для хаба"),
    "unsettled": marked("перечитать еще раз"),
    "messages": marked("сообщений"),
    "unsent": marked("будет отправлено"),
    "queued": marked("поставлено в очередь"),
    "files": marked("файлов принято"),
    "known_files": marked("файлов уже было"),
    "unfinished": marked("файлов еще пишутся"),
    "zeroed": marked("стало нулем"),
    "matched": marked("отнесено к счетам"),
    "undecided": marked("ждут решения"),
    "joined": marked("соединено с поступлениями 1С"),
    "letters": marked("новых писем"),
    "copies": marked("копий писем"),
    "reflagged": marked("сменили пометки"),
    "gone": marked("исчезли из папок"),
    "linked": marked("нашли своего клиента"),
    "legs": marked("строк журнала АТС"),
    "calls": marked("звонков"),
    "gaps": marked("пропусков в журнале АТС"),
    "handled": marked("принятого обработано"),
    "erased": marked("принятого стерто по сроку"),
    "files_erased": marked("вложений стерто по сроку"),
    "deltas": marked("изменений прочитано"),
    "events": marked("событий"),
    "effects": marked("действий правил"),
    "planned": marked("запланировано шагов"),
    "signals": marked("наступило сроков"),
    "waited": marked("отложенных действий сделано"),
    "dropped": marked("отложенных действий отменено"),
    "disabled": marked("правил выключено"),
    "windows": marked("окон прочитано"),
    "missing": marked("нет в хабе"),
    "extra": marked("лишних в хабе"),
    "different": marked("отличается"),
    "not_sent": marked("не отправлено в 1С"),
    "mended": marked("устранено"),
    "left": marked("осталось"),
    "deals": marked("сделок пересчитано"),
    "prepared": marked("ответов отчетов посчитано заранее"),
    "tried": marked("опробовано"),
    "delivered": marked("доставлено"),
    "flagged": marked("доставлено с расхождением"),
    "dead": marked("отказано"),
    "postponed": marked("перенесено на потом"),
    "lost": marked("отдано другому исполнителю"),
    "alerts": marked("открытых тревог"),
    "begun": marked("новых тревог"),
    "months_made": marked("месяцев журнала заведено"),
    "months_dropped": marked("месяцев журнала убрано"),
    "changes_dropped": marked("изменений убрано"),
    "signals_dropped": marked("старых сигналов забыто"),
    "waits_dropped": marked("отложенных действий забыто"),
    "firings_dropped": marked("срабатываний забыто"),
    "handed": marked("задач передано заместителям"),
    "returned": marked("задач возвращено"),
    "over": marked("тревог прошло"),
    "unlinked": marked("ждут, чтобы назвали клиента"),
    "refused": marked("отписались от рассылок"),
    "asked": marked("спрошено о доставке"),
    "told": marked("доставка изменилась"),
}


def counter_word(name: str) -> str:
    """What a run has counted: `read` → «прочитано»."""
    return _(COUNTERS[name]) if name in COUNTERS else name


def tally(counts: Mapping[str, int]) -> str:
    """Counters on one line, those that are zero left out."""
    return ", ".join(f"{counter_word(name)} {count}" for name, count in counts.items() if count)
