"""The figures of docs/performance.md, measured: `python -m bench [MEASURE…]`."""
