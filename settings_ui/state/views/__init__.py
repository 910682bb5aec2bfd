"""What may reach a browser. Reflex sends a var whole, so states hold these and never a row."""
