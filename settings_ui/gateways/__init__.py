"""Everything outside the process: protocols in ports.py, then an adapter for each."""
