"""The only string types a request may use: each is bounded, and each refuses what looks like a raw identifier.

A plain `str` in a request schema fails `tests/meta/test_routes.py`.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from registry.domain.raw_identifiers import looks_raw

# What turns the order of letters around: whoever approves a text would read another one than its letter prints.
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_CONTROL = (frozenset(map(chr, range(32))) - {"\n", "\t"} | {"\x7f"}) | _TURNING


class RequestModel(BaseModel):
    """A request body or a part of one: unknown fields are refused, values are not converted from other types."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _refuse_raw(text: str) -> str:
    if looks_raw(text):
        raise PydanticCustomError("raw_identifier_refused", "looks like a raw identifier")
    return text


def _refuse_control(text: str) -> str:
    # PostgreSQL cannot store NUL, lone surrogates have no UTF-8, and a log line ends at a carriage return.
    if not _CONTROL.isdisjoint(text) or any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("text_invalid", "holds a character that text cannot have")
    return text


def _refuse_raw_time(value: object) -> object:
    # A number is read as seconds since 1970, and a telephone number is one.
    return value if isinstance(value, datetime) else _refuse_raw(str(value)) and value


class _NoRawTime:
    """Looks at what comes as Python; JSON stays JSON, of which a strict schema takes text and no number."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        moment = handler(source)
        looked_at = core_schema.no_info_before_validator_function(_refuse_raw_time, moment)
        return core_schema.json_or_python_schema(json_schema=moment, python_schema=looked_at)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("time_invalid", "lies outside the calendar") from None


NoRawIdentifier = AfterValidator(_refuse_raw)
_Plain = AfterValidator(_refuse_control)

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,79}$"), NoRawIdentifier]
"""A member's own reference: 1 to 80 characters, chosen so that it says nothing about a person."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+/-]{0,63}$"), NoRawIdentifier]
"""A technical name: a version, an algorithm, an artefact id."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=500), _Plain, NoRawIdentifier]
"""One sentence of fact, in any language."""

FreeText = Annotated[str, StringConstraints(min_length=1, max_length=2_000), _Plain, NoRawIdentifier]
"""A longer text, in any language."""

Remark = Annotated[str, StringConstraints(max_length=2_000), _Plain, NoRawIdentifier]
"""A text that may be empty; whether it must not be is for the rules to say."""

TokenText = Annotated[str, StringConstraints(pattern=r"^cfr1_[A-Za-z0-9_-]{48}$"), NoRawIdentifier]
"""A token in CFR1 text form: 53 characters."""

Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), NoRawIdentifier]
"""A SHA-256 digest in lower-case hex."""

CompactJws = Annotated[
    str, StringConstraints(max_length=262_144, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
]
"""A signed statement (RFC 7515). Its payload is read into a schema of these types before anything is kept."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""A currency (ISO 4217)."""

Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$"), NoRawIdentifier]
"""An opaque place in a list, as a page before it gave it."""

PackName = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
"""A policy pack."""

IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$"), NoRawIdentifier]
"""A key the client makes up for one attempt and all its retries, such as a UUID."""

Instant = Annotated[AwareDatetime, _NoRawTime(), AfterValidator(_in_utc)]
"""A moment with its zone (RFC 3339), in UTC from here on; year 1 in a zone ahead of it has none."""
