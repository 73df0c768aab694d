"""What a fake registry says of recalls, and what it keeps of a member's actions."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from registry_client._fake_answers import Refusal

_LIFT = re.compile(r"/v1/outcomes/([0-9a-f-]{36}):lift")
_ACKNOWLEDGE = re.compile(r"/v1/recalls/([0-9a-f-]{36}):acknowledge")


class FakeRecalls:
    """Tells of recalls, records actions and lifts.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.recalls: list[dict[str, Any]] = []
        self.outcomes: dict[UUID, dict[str, Any]] = {}
        self._clock = clock

    def page(self, request: httpx.Request) -> httpx.Response:
        """List recalls after a place."""
        heard = int(request.url.params.get("since", "0"))
        told = [self._recall(place) for place in range(heard, len(self.recalls))]
        cursor = str(len(self.recalls)) if told else str(heard)
        return httpx.Response(200, json={"recalls": told, "next_cursor": cursor})

    def record_or_list(self, request: httpx.Request) -> httpx.Response:
        """Record an action, or list those that were."""
        if request.method == "GET":
            return httpx.Response(200, json={"outcomes": list(self.outcomes.values()), "next_cursor": None})
        outcome_id = UUID(int=len(self.outcomes) + 1)
        kept: dict[str, Any] = {
            "ends_at": None,
            "lifted_at": None,
            "flags": [],
            "must_lift": False,
            "created_at": self._now(),
        }
        self.outcomes[outcome_id] = kept | json.loads(request.content) | {"outcome_id": str(outcome_id)}
        return httpx.Response(201, json=self.outcomes[outcome_id])

    def one(self, request: httpx.Request) -> httpx.Response:
        """Lift an action or acknowledge a recall; `route_not_found` for any other path."""
        if told := _ACKNOWLEDGE.fullmatch(request.url.path):
            return self._acknowledge(UUID(told[1]).int - 1)
        match = _LIFT.fullmatch(request.url.path)
        if match is None:
            raise Refusal(404, "route_not_found")
        known = self.outcomes.get(UUID(match[1]))
        if known is None:
            raise Refusal(404, "outcome_unknown")
        if known["lifted_at"] is not None:
            raise Refusal(409, "outcome_not_in_force")
        known |= json.loads(request.content)
        return httpx.Response(200, json=known)

    def _acknowledge(self, place: int) -> httpx.Response:
        if place not in range(len(self.recalls)):
            raise Refusal(404, "recall_unknown")
        self.recalls[place].setdefault("acknowledged_at", self._now())
        return httpx.Response(200, json=self._recall(place))

    def _recall(self, place: int) -> dict[str, Any]:
        now = self._now()
        rest: dict[str, Any] = {"acknowledge_by": now, "acknowledged_at": None, "lift": []}
        return {"recall_id": str(UUID(int=place + 1)), "created_at": now} | rest | self.recalls[place]

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat()
