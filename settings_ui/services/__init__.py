"""Use cases, one module a feature, Actor first. Nothing else writes to the database."""
