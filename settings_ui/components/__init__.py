"""The visual vocabulary: small pieces that every page is built from."""
