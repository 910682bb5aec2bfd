"""Shared by all features: the database, activity, mail, links, limits and topics."""
