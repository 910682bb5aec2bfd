"""Plain HTTP: what must not or need not go through a socket."""
