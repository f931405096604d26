"""What comes back over channels: what people write to a bot, what became of an SMS."""
