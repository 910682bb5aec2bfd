"""A local Stripe for the demo and for tests. It knows nothing of the product, and the product nothing of it."""
