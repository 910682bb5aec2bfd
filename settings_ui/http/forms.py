"""Fields of posted forms."""

from starlette.datastructures import FormData


def text(form: FormData, field: str) -> str:
    """Return a field as text; a file and an absent field count as empty."""
    value = form.get(field, "")
    return value if isinstance(value, str) else ""
