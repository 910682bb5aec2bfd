"""The REST API at /api/v1.

A request passes `front`, then either `hot` or a route in `routes`: guard (key, limit, right, body, repetition),
endpoint.
"""
