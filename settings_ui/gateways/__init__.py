"""The outside world: protocols in ports.py, then an adapter for each."""
