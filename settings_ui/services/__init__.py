"""Use cases, a package for each feature. What a package shows to the others is in its `__init__`."""
