"""Everything that was changed in a business: read by filter, as a file, with what each change did; kept 400 days."""
