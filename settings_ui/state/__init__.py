"""Reflex states, one per screen: thin, holding views only; every event passes the guard."""
