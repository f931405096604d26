"""The hub's streams as Prefect flows: schedules, history and a page to look at them."""
