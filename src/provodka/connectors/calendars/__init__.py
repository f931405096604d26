"""Calendars: events as ICS, and servers that keep them over CalDAV."""
