"""The visual vocabulary: the shared components that pages are built from."""
