"""What each screen shows, as Reflex states: thin, views only, every event through the guard."""
