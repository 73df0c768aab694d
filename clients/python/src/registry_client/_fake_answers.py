"""What a registry for tests answers when a test says nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx


@dataclass(slots=True)
class Failure:
    """What goes wrong next: a problem with this status, no answer at all where it is 0, or somebody else's page."""

    status: int
    code: str = "database_unavailable"
    headers: dict[str, str] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    page: str = ""


class Refusal(Exception):
    """Answer with a problem."""

    def __init__(self, status: int, code: str, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.failure = Failure(status, code, facts=dict(facts or {}))


def filed(report_id: UUID, state: str, revision: int) -> dict[str, Any]:
    """Answer that a report is kept."""
    return {"report_id": str(report_id), "state": state, "revision": revision, "severity": "S2", "confidence": "C"}


def problem(failure: Failure) -> httpx.Response:
    """Answer with what went wrong."""
    body = {"code": failure.code, "retryable": failure.status >= 500, "errors": failure.errors, "facts": failure.facts}  # noqa: PLR2004 - HTTP
    content = json.dumps(body)
    headers = {"content-type": "application/problem+json", **failure.headers}
    return httpx.Response(failure.status, headers=headers, content=failure.page or content)


def nothing_known() -> dict[str, Any]:
    """Answer that nothing is known of a person."""
    return {
        "as_of": "2026-11-21T12:00:00.000Z",
        "band": "none",
        "groups": 0,
        "livemode": False,
        "match_strength": "none",
        "matched": [],
        "mitigating": [],
        "permitted_actions": [],
        "policy": {"digest": "0" * 64, "pack": "cn"},
        "protective": [],
        "reason_codes": [],
        "score": 0,
        "score_version": "FRS-1.0",
        "score_without_own": 0,
        "under_dispute": False,
    }
