"""Tasks and meetings in people's calendars, changes of both sides, busy hours."""
