"""What the operator sees: log lines and metrics. Knows nothing of what it reports on."""
