"""Tracking numbers."""

from settings_ui.services.numbers.service import Numbers as Numbers
