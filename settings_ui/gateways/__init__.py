"""What is outside: the protocols in ports.py, then one adapter each."""
