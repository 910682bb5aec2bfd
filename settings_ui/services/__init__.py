"""Use cases, one package per feature. A package's public interface is its `__init__`."""
