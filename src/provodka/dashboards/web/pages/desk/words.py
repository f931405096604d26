"""What states, reasons and kinds of the desk are called by people; templates translate them."""

from __future__ import annotations

from provodka.foundation.i18n import marked

__all__ = ["MOVE_REASONS", "WORDS"]

WORDS = {
    "planned": marked("ждет"),
    "done": marked("доставлено"),
    "failed": marked("не доставлено"),
    "cancelled": marked("снята"),
    "received": marked("принят"),
    "confirmed": marked("назначен"),
    "delivered": marked("доставлен"),
    "client_absent": marked("клиента не было"),
    "client_asked": marked("клиент просил перенести"),
    "courier_late": marked("экспедитор не успевает"),
    "refused": marked("клиент отказался"),
    "other": marked("другое"),
    "ringing": marked("звонит"),
    "answered": marked("говорят"),
    "missed": marked("пропущен"),
    "abandoned": marked("не дождался"),
    "busy": marked("занято"),
    "incoming": marked("входящий"),
    "outgoing": marked("исходящий"),
    "internal": marked("внутренний"),
}
MOVE_REASONS = ("client_asked", "client_absent", "courier_late", "other")
