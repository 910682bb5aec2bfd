"""The OpenAPI document, completed with what FastAPI cannot know."""

from typing import Any

SECURITY = "apiKey"
DESCRIPTION = (
    "Screens and records calls, lists them, and reports which qualified. JSON in and out: a successful answer is "
    '`{"data": …}`, an error `{"error": {"code", "message", "request_id"}}`, and a list also has `next_cursor`. '
    "Times are ISO 8601 in UTC."
)


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the key's security scheme added and unused parts removed."""
    document["components"]["securitySchemes"] = {
        SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "cs_key_…", "description": "An API key."}
    }
    document["security"] = [{SECURITY: []}]
    for path in document["paths"].values():
        for operation in path.values():
            operation["operationId"] = operation["summary"].lower().replace(" ", "_")
            operation["summary"] = operation["summary"].capitalize()
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    return document


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter; an optional one is left out, never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if not kinds:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def example(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Return an example of a schema, from the examples of its parts."""
    if "$ref" in schema:
        return example(resolve(schema, document), document)
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    if schema.get("type") == "object" or "properties" in schema:
        return {name: example(part, document) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example(schema["items"], document)]
    return None


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Resolve a reference, or return the schema itself."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
