"""A member that files, corrects and takes back reports over HTTP, and a clock that can be moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from registry.domain.filings import Filing
from registry_client.reports import document
from registry_formats import base64url, jws
from registry_formats.cfr1 import Token
from registry_formats.jws import PrivateKey
from tests.filings import NOW, filing
from tests.running import Platform, Running

STATEMENT = "registry-report"
_JSON_NAMES = {"evidence_class": "class", "size": "bytes"}


class MovingClock:
    """The time of the rules: stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


def payload(report: Filing) -> dict[str, Any]:
    """Write a filing as the JSON that is signed."""
    written = dict(document(report))
    written["evidence"] = [
        {_JSON_NAMES.get(name, name): value for name, value in artefact.items()} for artefact in written["evidence"]
    ]
    return written


@dataclass(frozen=True, slots=True)
class Desk:
    """One member's desk."""

    api: Running
    platform: Platform

    def sign(self, content: Mapping[str, Any], *, key: PrivateKey | None = None, typ: str = STATEMENT) -> str:
        return jws.sign(content, key=key or self.platform.key, kid=self.platform.kid, typ=typ)

    async def post(self, path: str, body: Mapping[str, Any], key: str | None = None) -> httpx.Response:
        headers = await self.platform.headers() | {"Idempotency-Key": key or str(uuid4())}
        return await self.api.client.post(path, json=body, headers=headers)

    async def file(self, key: str | None = None, **changes: Any) -> httpx.Response:  # noqa: ANN401 - fields of a filing
        statement = self.sign(payload(filing(**changes)))
        return await self.post("/v1/reports", {"statement": statement}, key)

    async def filed(self, **changes: Any) -> str:  # noqa: ANN401 - fields of a filing
        """File what stands, and return its id."""
        answer = await self.file(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["report_id"])

    async def amend(self, report_id: str, **changes: Any) -> httpx.Response:  # noqa: ANN401 - fields of a filing
        statement = self.sign(payload(filing(**changes)))
        return await self.post(f"/v1/reports/{report_id}:amend", {"statement": statement})

    async def get(self, path: str) -> httpx.Response:
        return await self.api.client.get(path, headers=await self.platform.headers())

    async def state(self, report_id: str) -> str:
        return str((await self.get(f"/v1/reports/{report_id}")).json()["state"])

    async def query(self, *tokens: Token, claim: int = 1) -> dict[str, Any]:
        """Ask about a person."""
        identifiers = [{"kind": one.kind.value, "tokens": [one.text]} for one in tokens]
        claim_ref = base64url.encode(claim.to_bytes(32, "big"))
        asked = {"purpose": "Q1", "claim_ref": claim_ref, "identifiers": identifiers}
        answer = await self.api.client.post("/v1/scores:query", json=asked, headers=await self.platform.headers())
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
