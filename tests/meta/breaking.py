"""What in a new description of the API would break a client of the old one."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]


def breaking(old: Document, new: Document) -> list[str]:
    """Name every promise of `old` that `new` does not keep."""
    return list(_documents(old, new))


def _documents(old: Document, new: Document) -> Iterator[str]:
    for path, operations in old["paths"].items():
        for method, before in operations.items():
            name = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{name} is gone"
                continue
            yield from _operations(name, before, after, old, new)


def _operations(name: str, before: Document, after: Document, old: Document, new: Document) -> Iterator[str]:
    if before["operationId"] != after["operationId"]:
        yield f"{name} has another name"
    if _scopes(after) - _scopes(before):
        yield f"{name} needs more"
    yield from _parameters(name, before, after)
    for media_type, content in before.get("requestBody", {}).get("content", {}).items():
        later = after.get("requestBody", {}).get("content", {}).get(media_type)
        if later is None:
            yield f"{name} no longer takes {media_type}"
        else:
            yield from _schemas(f"{name} body", content["schema"], later["schema"], (old, new), sent=True)
    for status, response in before["responses"].items():
        if status.startswith("2"):
            yield from _answers(f"{name} {status}", response, after["responses"].get(status), (old, new))


def _scopes(operation: Document) -> set[str]:
    return {scope for entry in operation.get("security", []) for scopes in entry.values() for scope in scopes}


def _parameters(name: str, before: Document, after: Document) -> Iterator[str]:
    earlier, later = (
        {f"{one['in']} {one['name']}": one for one in operation.get("parameters", [])} for operation in (before, after)
    )
    for key in earlier.keys() - later.keys():
        yield f"{name} {key} is gone"
    for key, parameter in later.items():
        if parameter.get("required") and not earlier.get(key, {}).get("required"):
            yield f"{name} needs {key}"


def _answers(name: str, before: Document, after: Document | None, both: tuple[Document, Document]) -> Iterator[str]:
    if after is None:
        yield f"{name} is gone"
        return
    for media_type, content in before.get("content", {}).items():
        later = after.get("content", {}).get(media_type)
        if later is None:
            yield f"{name} is no longer {media_type}"
        else:
            yield from _schemas(name, content["schema"], later["schema"], both, sent=False)


def _schemas(
    name: str, before: Document, after: Document, both: tuple[Document, Document], *, sent: bool
) -> Iterator[str]:
    before, after = _resolved(before, both[0]), _resolved(after, both[1])
    if before.get("type") != after.get("type"):
        yield f"{name} is another type"
        return
    if sent:
        for field in sorted(set(after.get("required", [])) - set(before.get("required", []))):
            yield f"{name} needs {field}"
        words: list[str] = before.get("enum", [])
        if set(words) - set(after.get("enum", words)):
            yield f"{name} takes fewer words"
    for field, schema in before.get("properties", {}).items():
        later = after.get("properties", {}).get(field)
        if later is None:
            yield f"{name}/{field} is gone"
        else:
            yield from _schemas(f"{name}/{field}", schema, later, both, sent=sent)
    if "items" in before and "items" in after:
        yield from _schemas(f"{name}/*", before["items"], after["items"], both, sent=sent)


def _resolved(schema: Document, document: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Document = document["components"]["schemas"][name] if name else schema
    return found
