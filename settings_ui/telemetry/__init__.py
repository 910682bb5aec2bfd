"""Logs and metrics for the operator. Knows nothing about the rest of the product."""
