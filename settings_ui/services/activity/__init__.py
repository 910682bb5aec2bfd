"""The activity of a business: filtered, exported, with the effect of each change; kept for 400 days."""
