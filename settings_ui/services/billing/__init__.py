"""Money of a business: what it paid in, what it uses, how it pays."""
