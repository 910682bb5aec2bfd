"""The threshold: its what-if, changing it, and its history."""

from settings_ui.services.qualified_calls.service import QualifiedCalls as QualifiedCalls
