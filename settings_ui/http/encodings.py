"""How an answer is compressed."""

from collections.abc import Container

PREFERRED = ("br", "gzip")


def best_encoding(accepted: str, known: Container[str]) -> str:
    """Return the best of the known encodings that the client accepts; a quality of 0 excludes one."""
    offers = {}
    for offer in accepted.lower().split(","):
        name, _, quality = offer.partition(";")
        offers[name.strip()] = quality.replace(" ", "").removeprefix("q=")
    taken = (name for name in PREFERRED if name in known and name in offers)
    return next((name for name in taken if offers[name].strip("0.") or not offers[name]), "")
