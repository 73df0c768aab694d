"""Say in words what a filter asks for and what a search found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry.api.audit.models import type_name
from registry.console.audit.forms import query
from registry.console.audit.room import PATH
from registry.console.audit.words import FACET_TEXT, PURPOSE_TEXT, TYPE_TEXT
from registry.domain.audit_filters import Facet
from registry.domain.ids import Purpose
from registry.services.auditing.search import Counts
from registry.services.auditing.standing import at_ms
from registry.store.audit_search import Found
from registry_formats.leaf import JsonValue, LeafType

TITLES: Mapping[str, str] = {
    **{facet.value: text for facet, text in FACET_TEXT.items()},
    "case": "Report",
    "since": "From",
    "staff": "Tag of who acted",
    "subjects": "Tags of a person",
    "until": "Until",
}
REGISTRY = "The registry itself"
NONE_STATED = "None stated"
TEXTS = (*TITLES.values(), REGISTRY, NONE_STATED)

Names = Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One condition of a filter: its title, and what it demands, as a text to translate, a name, a code or a time.

    Args:
        without: the address of the search without it.
    """

    title: str
    text: str = ""
    name: str = ""
    code: str = ""
    at: datetime | None = None
    without: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in a list."""

    id: UUID
    kind: str
    at: datetime
    member: str | None
    action: str | None
    purpose: str | None
    purpose_text: str
    outcome: str
    place: int | None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, how many entries have it, and where to see these alone."""

    said: Said
    count: int
    href: str


def say(document: Mapping[str, JsonValue], names: Names) -> list[Said]:
    """Say what a filter's document asks for."""
    return [_say(name, value, names, _without(document, name)) for name, value in document.items()]


def address(document: Mapping[str, JsonValue], **more: str) -> str:
    """Return the address of the search that a filter's document asks for."""
    # Of all kinds, where nothing else is asked for: without any parameter the page only asks.
    return f"{PATH}?{query(document or {'type': ''}, **more)}"


def _without(document: Mapping[str, JsonValue], name: str) -> str:
    return address({key: value for key, value in document.items() if key != name})


def _say(name: str, value: JsonValue, names: Names, without: str = "") -> Said:
    text, title = str(value), TITLES[name]
    match name:
        case "type":
            return Said(title, text=TYPE_TEXT[LeafType[text.upper()]], without=without)
        case "purpose":
            return Said(title, text=PURPOSE_TEXT[Purpose(text)], code=text, without=without)
        case "member":
            return Said(title, name=names.get(UUID(text), text), without=without)
        case "since" | "until":
            return Said(title, at=datetime.fromisoformat(text), without=without)
    code = ", ".join(f"{tag[:12]}…" for tag in map(str, value)) if isinstance(value, list) else text
    return Said(title, code=code, without=without)


def line(found: Found) -> Line:
    """Say what was found."""
    return Line(
        found.id,
        TYPE_TEXT[LeafType(found.type)],
        at_ms(found.t_ms),
        found.member_name,
        found.action,
        found.purpose,
        PURPOSE_TEXT[Purpose(found.purpose)] if found.purpose else "",
        found.outcome,
        found.idx,
    )


def facets(counts: Counts, document: Mapping[str, JsonValue], names: Names) -> list[tuple[str, Sequence[Value]]]:
    """Say how many matches each value has, the most frequent first; what is asked for already is left out."""
    return [
        (FACET_TEXT[facet], [_value(facet, value, n, document, names) for value, n in _most(counts.by[facet])])
        for facet in Facet
        if facet.value not in document
    ]


def _most(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _value(facet: Facet, value: str, n: int, document: Mapping[str, JsonValue], names: Names) -> Value:
    if not value:
        return Value(Said(FACET_TEXT[facet], text=REGISTRY if facet is Facet.MEMBER else NONE_STATED), n, "")
    named = type_name(int(value)) if facet is Facet.TYPE else value
    return Value(_say(facet.value, named, names), n, address({**document, facet.value: named}))
