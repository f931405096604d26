"""History loaded in windows of dates, beside live sync."""
