"""Turn a validation failure into a fault: where (RFC 6901) and what, from closed words, never with the value."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from registry.domain.raw_identifiers import looks_raw
from registry.errors import Fault

# A name of ours. Whatever else stands in a path was written by the sender, and may be what must not be repeated.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,39}")
_ELSEWHERE = ("query", "path", "header", "cookie")

_BY_PREFIX: Sequence[tuple[str, str]] = (
    ("missing", "missing"),
    ("extra_forbidden", "unknown_field"),
    ("json_invalid", "json_invalid"),
    ("string_too_", "wrong_length"),
    ("bytes_too_", "wrong_length"),
    ("too_", "wrong_length"),
    ("greater_than", "out_of_range"),
    ("less_than", "out_of_range"),
    ("multiple_of", "out_of_range"),
    ("string_pattern_mismatch", "not_allowed"),
    ("enum", "not_allowed"),
    ("literal_error", "not_allowed"),
    ("union_tag_", "not_allowed"),
)
_TYPE_SUFFIXES = ("_type", "_parsing", "_parsing_size", "_from_float", "_unicode")
OWN = frozenset({"raw_identifier_refused", "text_invalid", "token_malformed"})
FIELD_CODES = OWN | {code for _, code in _BY_PREFIX} | {"wrong_type", "invalid"}


def fault_of(detail: Mapping[str, Any]) -> Fault:
    """Read one entry of pydantic's list of errors."""
    kind = str(detail["type"])
    where = [part for part in detail["loc"] if not isinstance(part, str) or _safe(part)]
    if kind in {"extra_forbidden", "json_invalid"}:
        # The last part is the sender's own key, or a position in the text.
        where = list(detail["loc"][:-1])
    # A raw identifier where a token belongs has not the form of one either; its sender must hear which it is.
    given = detail.get("input")
    if kind == "string_pattern_mismatch" and isinstance(given, str) and looks_raw(given):
        return Fault(pointer(where), "raw_identifier_refused")
    return Fault(pointer(where), _code(kind))


def pointer(where: Sequence[str | int]) -> str:
    """Write a place: a JSON pointer into the body, or `query:name`, `path:name`, `header:name`."""
    source, *rest = where or ("body",)
    if source in _ELSEWHERE:
        return f"{source}:{'.'.join(str(part) for part in rest)}" if rest else str(source)
    parts = rest if source == "body" else list(where)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts if _shown(part))


def _shown(part: str | int) -> bool:
    return isinstance(part, int) or _safe(part)


def _safe(part: str) -> bool:
    return bool(_NAME.fullmatch(part)) and not looks_raw(part)


def _code(kind: str) -> str:
    if kind in OWN:
        return kind
    for prefix, code in _BY_PREFIX:
        if kind.startswith(prefix):
            return code
    return "wrong_type" if kind.endswith(_TYPE_SUFFIXES) else "invalid"
