"""Ways to reach a phone: Telegram's Bot API, an SMS gateway, a gateway of the company's own."""
