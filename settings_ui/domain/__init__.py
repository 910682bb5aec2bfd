"""Rules without input or output; access.py is the heart."""
