"""Rules without I/O; access.py is the most important module."""
