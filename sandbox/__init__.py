"""A local Stripe for the demo and for tests. Neither it nor the product imports the other."""
