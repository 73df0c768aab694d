"""Every place of an OpenAPI document where a caller can put a string, found by walking the document alone."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import quote

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_FILLERS = {"integer": 1, "boolean": True, "number": 1, "null": None}
_UUID = "01937d5e-8c00-7a10-8000-0000000000aa"

Place = tuple[str | int, ...]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request with something planted in one place of it."""

    where: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""
    body: Any = None


def attempts(document: Document, planted: str) -> Iterator[Attempt]:
    """Plant a value in each place of each operation in turn, the rest of the request being as its example."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield from _parameters(path, method, operation, planted)
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                yield from _bodies(document, path, method, (media_type, content), planted)


def strings(value: Any, at: Place = ()) -> Iterator[Place]:  # noqa: ANN401 - any JSON value
    """Find every string of a JSON value."""
    if isinstance(value, str):
        yield at
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from strings(member, (*at, name))
    elif isinstance(value, Sequence):
        for index, member in enumerate(value):
            yield from strings(member, (*at, index))


def planted_at(value: Any, at: Place, planted: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a copy with another value in one place."""
    if not at:
        return planted
    copied = deepcopy(value)
    inner = copied
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = planted
    return copied


def _parameters(path: str, method: str, operation: Document, planted: str) -> Iterator[Attempt]:
    given = operation.get("parameters", [])
    for one in given:
        name, place = one["name"], one["in"]
        required = {p["name"]: _UUID for p in given if p["in"] == "query" and p.get("required")}
        target = _filled(path, {name: planted} if place == "path" else {})
        query = required | ({name: planted} if place == "query" else {})
        # HTTP allows only Latin-1 in a header, and no client would send more.
        headers = {name: planted.encode("latin-1", "replace").decode("latin-1")} if place == "header" else {}
        yield Attempt(f"{method} {path} {place}:{name}", method, target, query, headers)


def _bodies(
    document: Document, path: str, method: str, content: tuple[str, Document], planted: str
) -> Iterator[Attempt]:
    media_type, description = content
    schema = _resolved(document, description.get("schema", {}))
    example = _example(document, description, schema)
    for at in dict.fromkeys([*strings(example), *_declared(document, schema)]):
        where = f"{method} {path} /{'/'.join(map(str, at))}"
        body = planted_at(_with(example, at), at, planted)
        yield Attempt(where, method, _filled(path, {}), media_type=media_type, body=body)


def _filled(path: str, values: Mapping[str, str]) -> str:
    """Put values into the braces of a path, and an id where there is none."""
    parts = []
    for piece in path.split("{"):
        name, brace, rest = piece.partition("}")
        parts.append(quote(values.get(name, _UUID), safe="") + rest if brace else piece)
    return "".join(parts)


def _resolved(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _example(document: Document, description: Document, schema: Document) -> Any:  # noqa: ANN401 - any JSON value
    if "example" in description:
        return deepcopy(description["example"])
    if schema.get("examples"):
        return deepcopy(schema["examples"][0])
    return _made(document, schema)


def _made(document: Document, schema: Document) -> Any:  # noqa: ANN401 - any JSON value
    """Make the smallest value of a schema without an example."""
    schema = _resolved(document, schema)
    if "properties" in schema:
        return {name: _made(document, member) for name, member in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_made(document, schema["items"])]
    return _FILLERS.get(str(schema.get("type")), _UUID)


def _declared(document: Document, schema: Document, at: Place = ()) -> Iterator[Place]:
    """Find every place where the schema allows a string, whether the example has it or not."""
    schema = _resolved(document, schema)
    if schema.get("type") == "string":
        yield at
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _declared(document, choice, at)
    for name, member in schema.get("properties", {}).items():
        yield from _declared(document, member, (*at, name))
    if schema.get("type") == "array":
        yield from _declared(document, schema.get("items", {}), (*at, 0))


def _with(value: Any, at: Place) -> Any:  # noqa: ANN401 - any JSON value
    """Return a copy that reaches as far as the place, where the example does not."""
    copied = deepcopy(value)
    inner = copied
    for part, following in pairwise(at):
        empty: Any = [None] if isinstance(following, int) else {}
        if isinstance(inner, dict):
            inner.setdefault(part, empty)
        elif inner[part] is None:
            inner[part] = empty
        inner = inner[part]
        if inner == [] and isinstance(following, int):
            inner.append(None)
    return copied
