"""The demo: two businesses with people and ninety days of calls."""
