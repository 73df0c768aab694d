"""Tell the registry what was done about an answer, so that a recall can name what must be lifted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from registry_client._exchange import Call, object_of
from registry_client.models import ScoreAnswer
from registry_client.vocabulary import Action
from registry_formats import canonical

MOST_ON_PAGE = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """An action as the registry keeps it.

    Args:
        flags: what is wrong with it, such as `beyond_answer`; empty for what the answer permitted.
        must_lift: a recall says that it must be lifted.
        lifted_at: None until it was.
        document: the whole answer as received.
    """

    outcome_id: UUID
    query_id: UUID
    claim_ref: str
    action: Action
    taken_at: datetime
    ends_at: datetime | None
    lifted_at: datetime | None
    flags: tuple[str, ...]
    must_lift: bool
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> "Outcome":
        """Read an answer. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(
            outcome_id=UUID(answer["outcome_id"]),
            query_id=UUID(answer["query_id"]),
            claim_ref=str(answer["claim_ref"]),
            action=Action(answer["action"]),
            taken_at=datetime.fromisoformat(answer["taken_at"]),
            ends_at=_instant(answer["ends_at"]),
            lifted_at=_instant(answer["lifted_at"]),
            flags=tuple(map(str, answer["flags"])),
            must_lift=answer["must_lift"] is True,
            document=MappingProxyType(dict(answer)),
        )


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Actions in the order they were recorded. `cursor` is empty after the last."""

    outcomes: tuple[Outcome, ...]
    cursor: str

    @classmethod
    def read(cls, page: Mapping[str, Any]) -> "Outcomes":
        """Read a page. Raises KeyError, TypeError or ValueError for another shape."""
        return cls(tuple(Outcome.read(one) for one in page["outcomes"]), page["next_cursor"] or "")


def build_record(answer: ScoreAnswer, action: Action, taken_at: datetime, ends_at: datetime | None) -> Call[Outcome]:
    """Record what was done about a claim, on the answer it rests on; a suspension needs its end."""
    named = {"claim_ref": answer.document["claim_ref"], "query_id": str(answer.query_id), "action": action.value}
    end = {} if ends_at is None else {"ends_at": _text(ends_at)}
    return _post("/v1/outcomes", named | {"taken_at": _text(taken_at)} | end)


def build_lift(outcome_id: UUID, lifted_at: datetime) -> Call[Outcome]:
    """Record that a restriction was lifted."""
    return _post(f"/v1/outcomes/{outcome_id}:lift", {"lifted_at": _text(lifted_at)})


def build_page(cursor: str) -> Call[Outcomes]:
    """Ask for a page of one's own actions; the cursor is empty for the first one."""
    wanted = {"limit": str(MOST_ON_PAGE)} | ({"cursor": cursor} if cursor else {})
    return Call("GET", f"/v1/outcomes?{urlencode(wanted)}", lambda reply: Outcomes.read(object_of(reply)))


def _post(path: str, body: Mapping[str, Any]) -> Call[Outcome]:
    return Call("POST", path, lambda reply: Outcome.read(object_of(reply)), canonical.dumps(dict(body)), keyed=True)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
