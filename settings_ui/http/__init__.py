"""Plain HTTP: everything that must not or need not go through a socket."""
