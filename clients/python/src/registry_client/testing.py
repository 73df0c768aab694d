"""A registry in memory, for a member's own unit tests: no network, no database, real cryptography.

    registry = FakeRegistry()
    with registry.client() as client:
        registry.answers["band"] = "high"
        answer = client.query(Identifiers(phone="+86 138 0013 8000"), "A" * 43)

It checks what a registry checks of a member: assertions, tokens, signatures, idempotency keys. It does not judge
reports and does not compute scores: say what it shall answer.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_client._core import Options
from registry_client._fake_answers import Failure, Refusal, filed, nothing_known, problem
from registry_client._fake_log import FakeLog
from registry_client._fake_operator import NAME, FakeOperator
from registry_client._fake_recalls import FakeRecalls
from registry_client._retry import Retry
from registry_client.async_client import AsyncClient
from registry_client.client import Client
from registry_client.reports import STATEMENT
from registry_client.trust import Trust
from registry_formats import evaluation, jwk, jws
from registry_formats.errors import FormatError

__all__ = ["BASE_URL", "MEMBER", "RELAY_URL", "Failure", "FakeRegistry"]

BASE_URL = "https://registry.test"
RELAY_URL = "https://relay.test"
MEMBER = "01900000-0000-7000-8000-000000000001"
_REPORT = re.compile(r"/v1/reports/([0-9a-f-]{36})(?::(amend|withdraw|mark-repaid))?")
_FIRST = ("submitted", 1)
_STATES = {"amend": "submitted", "withdraw": "withdrawn", "mark-repaid": "submitted"}


class FakeRegistry:
    """Answers a client as a registry and a relay would.

    Attributes:
        answers: fields of the next score answers; change them as a test needs.
        reports: what was filed, by report id: the signed payload.
        notices: what the relay was asked to serve: report id, kind and language; contacts are forgotten here too.
        requests: everything that arrived.
        failures: what goes wrong next, oldest first, one for each request.
        tamper: changes a score answer after its receipt was signed.
        recalls: what the member must hear: report id, revision, change and reason of each.
        outcomes: what the member did about answers, by outcome id; change `must_lift` or `flags` as a test needs.
        page_size: how many reports stand on one page of a list.
        log: the log; `log.sealing = False` keeps new entries out of the tree, `log.rewrite()` forges it.
    """

    def __init__(self, realm: str = "registry.test", *, epochs: tuple[int, ...] = (1,)) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(sha256(b"member" + realm.encode()).digest())
        self.operator, self.log = FakeOperator(realm, epochs), FakeLog(realm)
        self.trust = Trust(realm, (self.log.receipt_vkey,), (self.log.log_vkey,), {NAME: self.operator.public})
        self.transport = httpx.MockTransport(self._handle)
        self.answers: dict[str, Any] = nothing_known()
        self.reports: dict[UUID, dict[str, Any]] = {}
        self.notices: list[tuple[UUID, str, str]] = []
        self.requests: list[httpx.Request] = []
        self.failures: list[Failure] = []
        self.tamper: Callable[[dict[str, Any]], None] = lambda _: None
        self._recalled = FakeRecalls(self.clock)
        self.recalls, self.outcomes = self._recalled.recalls, self._recalled.outcomes
        self.page_size = 50
        self._done: dict[str, tuple[bytes, int, bytes]] = {}
        self._standing: dict[UUID, tuple[str, int]] = {}
        self._assertions: set[str] = set()
        self._ahead = 0.0

    def clock(self) -> float:
        """Tell the time that client and registry share."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move that time."""
        self._ahead += seconds

    def client(self, options: Options | None = None) -> Client:
        """Make a client of this registry that retries without waiting."""
        return Client(BASE_URL, MEMBER, self.key, self.trust, self._options(options), self.transport)

    def async_client(self, options: Options | None = None) -> AsyncClient:
        """Make a client of this registry for the event loop."""
        return AsyncClient(BASE_URL, MEMBER, self.key, self.trust, self._options(options), self.transport)

    def fail(self, status: int = 0, code: str = "database_unavailable", *, times: int = 1, **headers: str) -> None:
        """Let the next requests fail: with a status, or without any answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.failures += [Failure(status, code, named) for _ in range(times)]

    def _options(self, options: Options | None) -> Options:
        retry = Retry(first=0, longest=0)
        told = options or Options(retry=retry)
        return replace(told, relay_url=RELAY_URL, clock=self.clock, registry_clock=self.clock)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.failures:
            failure = self.failures.pop(0)
            if not failure.status:
                raise httpx.ConnectError("no answer", request=request)
            return problem(failure)
        try:
            return self._once(request)
        except Refusal as refusal:
            return problem(refusal.failure)
        except FormatError as error:
            return problem(Failure(422, error.code))

    def _once(self, request: httpx.Request) -> httpx.Response:
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._route(request)
        fingerprint = sha256(request.url.raw_path + b"\n" + request.content).digest()
        known = self._done.get(key)
        if known is None:
            response = self._route(request)
            self._done[key] = (fingerprint, response.status_code, response.content)
            return response
        if known[0] != fingerprint:
            raise Refusal(422, "idempotency_key_reused")
        return httpx.Response(known[1], headers={"idempotency-replayed": "true"}, content=known[2])

    def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        public = {
            "/oauth/token": self._sign_in,
            "/v1/log/checkpoint": self._show_checkpoint,
            "/v1/tokens/manifest": self._show_manifest,
        }
        if path in public:
            return public[path](request)
        if not request.headers.get("authorization", "").startswith("Bearer fake"):
            raise Refusal(401, "access_token_missing")
        private = {
            "/v1/log/proofs/consistency": self._prove_consistency,
            "/v1/log/proofs/inclusion": self._prove_inclusion,
            "/v1/notices": self._notice,
            "/v1/outcomes": self._recalled.record_or_list,
            "/v1/recalls": self._recalled.page,
            "/v1/reports": self._file_or_list,
            "/v1/reports:check": self._check,
            "/v1/reports:import": self._import,
            "/v1/scores:batch": self._score_many,
            "/v1/scores:query": self._score,
            "/v1/tokens:evaluate": self._evaluate,
        }
        return private.get(path, self._one)(request)

    def _show_manifest(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self.operator.manifest())

    def _sign_in(self, request: httpx.Request) -> httpx.Response:
        assertion = parse_qs(request.content.decode())["client_assertion"][0]
        try:
            _, claims = jws.verify(assertion, self._keys())
        except FormatError:
            raise Refusal(401, "assertion_invalid") from None
        timely = claims["exp"] - 300 <= self.clock() < claims["exp"]
        if (claims["iss"], claims["sub"], claims["aud"]) != (MEMBER, MEMBER, BASE_URL) or not timely:
            raise Refusal(401, "assertion_invalid")
        if claims["jti"] in self._assertions:
            raise Refusal(401, "assertion_replayed")
        self._assertions.add(claims["jti"])
        token = f"fake{len(self._assertions)}"
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": ""})

    def _evaluate(self, request: httpx.Request) -> httpx.Response:
        asked = evaluation.parse_request(json.loads(request.content))
        asked.check(self.trust.realm, self.key.public_key())
        answer = self.operator.evaluate(asked)
        if answer is None:
            raise Refusal(409, "key_unknown")
        return httpx.Response(200, json=answer)

    def _score(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        answer, t_ms = self._answer(asked), int(self.clock() * 1000)
        written = self.log.write(answer, body=request.content, asked=asked, member=MEMBER, t_ms=t_ms)
        self.tamper(written)
        return httpx.Response(200, json=written)

    def _score_many(self, request: httpx.Request) -> httpx.Response:
        answers = [self._answer(asked) for asked in json.loads(request.content)["items"]]
        t_ms = int(self.clock() * 1000)
        written = self.log.write_batch(answers, body=request.content, member=MEMBER, t_ms=t_ms)
        self.tamper(written)
        return httpx.Response(200, json=written)

    def _answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if "refusal" in self.answers:
            return {"refusal": self.answers["refusal"]}
        echoed = {name: asked[name] for name in ("claim_ref", "purpose")}
        return self.answers | echoed | {"query_id": str(UUID(int=len(self.requests)))}

    def _show_checkpoint(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=self.log.checkpoint())

    def _prove_consistency(self, request: httpx.Request) -> httpx.Response:
        old, new = (int(request.url.params[name]) for name in ("old", "new"))
        return httpx.Response(200, json={"hashes": self.log.consistency(old, new)})

    def _prove_inclusion(self, request: httpx.Request) -> httpx.Response:
        proof = self.log.inclusion(UUID(request.url.params["entry_id"]))
        if proof is None:
            raise Refusal(404, "entry_not_sealed")
        return httpx.Response(200, text=proof)

    def _check(self, request: httpx.Request) -> httpx.Response:
        self._read(request.content)
        return httpx.Response(200, json={"severity": "S2", "confidence": "C"})

    def _file_or_list(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json=self._keep(request.content))
        first = int(request.url.params.get("cursor", "0"))
        known = list(self.reports)
        page = [filed(one, *self._standing.get(one, _FIRST)) for one in known[first : first + self.page_size]]
        more = first + self.page_size < len(known)
        return httpx.Response(200, json={"reports": page, "next_cursor": str(first + self.page_size) if more else None})

    def _keep(self, content: bytes) -> dict[str, Any]:
        filing = self._read(content)
        for earlier, known in self.reports.items():
            if known.get("reference") == filing.get("reference"):
                raise Refusal(409, "report_duplicate", {"report_id": str(earlier)})
        report_id = UUID(int=len(self.reports) + 1)
        self.reports[report_id] = filing
        return filed(report_id, "submitted", 1)

    def _import(self, request: httpx.Request) -> httpx.Response:
        lines = [{"line": number, **self._line(line)} for number, line in enumerate(request.content.splitlines())]
        return httpx.Response(200, json={"lines": lines})

    def _line(self, content: bytes) -> dict[str, Any]:
        try:
            return {"result": "filed", "report_id": self._keep(content)["report_id"]}
        except Refusal as refusal:
            code, facts = refusal.failure.code, refusal.failure.facts
            result = "duplicate" if code == "report_duplicate" else "refused"
            return {"result": result, "problem": {"code": code}, **facts}

    def _one(self, request: httpx.Request) -> httpx.Response:
        match = _REPORT.fullmatch(request.url.path)
        if match is None:
            return self._recalled.one(request)
        if UUID(match[1]) not in self.reports:
            raise Refusal(404, "report_unknown")
        report_id = UUID(match[1])
        if match[2] == "amend":
            self.reports[report_id] = self._read(request.content)
        if match[2]:
            self._standing[report_id] = (_STATES[match[2]], 2)
        return httpx.Response(200, json=filed(report_id, *self._standing.get(report_id, _FIRST)))

    def _notice(self, request: httpx.Request) -> httpx.Response:
        return self._serve(request) if request.method == "POST" else self._show_notice(request.url.params["report_id"])

    def _serve(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        told = (UUID(asked["report_id"]), asked["kind"], asked["language"])
        repeated = told in self.notices
        self.notices += [] if repeated else [told]
        at = datetime.fromtimestamp(self.clock(), UTC).isoformat()
        answer = {"report_id": str(told[0]), "kind": told[1], "served_at": at, "repeated": repeated, "livemode": False}
        return httpx.Response(200 if repeated else 201, json=answer)

    def _show_notice(self, report_id: str) -> httpx.Response:
        at = datetime.fromtimestamp(self.clock(), UTC).isoformat()
        served = [told for told in self.notices if told[0] == UUID(report_id)]
        times = {"serve_by": at, "served_at": at if served else None, "counts_at": at if served else None}
        state = "notice_window" if served else "submitted"
        return httpx.Response(200, json={"report_id": report_id, "state": state, "notices": [], **times})

    def _read(self, content: bytes) -> dict[str, Any]:
        return jws.verify(json.loads(content)["statement"], self._keys(), typ=STATEMENT)[1]

    def _keys(self) -> dict[str, jws.PublicKey]:
        public = self.key.public_key()
        return {jwk.export(public)["kid"]: public}
