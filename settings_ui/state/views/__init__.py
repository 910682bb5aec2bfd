"""Views: what may reach a browser. Reflex sends a var completely, so states hold views, never rows."""
