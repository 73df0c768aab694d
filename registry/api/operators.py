"""The way to the key operator: the API forwards what members blinded, unchanged, and holds no key itself."""

import ssl
from dataclasses import dataclass
from typing import Any, Self

import httpx

from registry.api.problem_codes import CODES
from registry.errors import Conflict, Malformed, QuotaExceeded, RegistryError, Unauthenticated, Unavailable

_SECONDS = 5.0
_UNIX = "unix:"
_FAMILIES: dict[int, type[RegistryError]] = {400: Malformed, 401: Unauthenticated, 409: Conflict, 429: QuotaExceeded}


NOTE = "Registry-Key-Operators"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a key operator wrote, unchanged, and what it says of how keys are held (`1 of 1: ...`), if it does."""

    content: bytes
    note: str | None

    @property
    def headers(self) -> dict[str, str]:
        """Return the header that hands the note on."""
        return {} if self.note is None else {NOTE: self.note}


class KeyOperator:
    """One key operator's small HTTP server, on a unix socket or on loopback."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    def at(cls, address: str) -> Self:
        """Reach an operator at `unix:PATH` or at a loopback address."""
        # It is on this machine and speaks no TLS; reading the world's authorities would take longer than all else here.
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        path = address.removeprefix(_UNIX) if address.startswith(_UNIX) else None
        transport = httpx.AsyncHTTPTransport(uds=path, verify=plain)
        base = address if path is None else "http://operator"
        return cls(httpx.AsyncClient(transport=transport, base_url=base, timeout=_SECONDS))

    async def manifest(self) -> Answered:
        """Return the signed commitment to all live keys, as the operator wrote it."""
        return await self._ask("GET", "/v1/manifest", None)

    async def status(self) -> Answered:
        """Return what the operator says of itself."""
        return await self._ask("GET", "/v1/status", None)

    async def evaluate(self, body: bytes) -> Answered:
        """Have blinded elements evaluated.

        Raises:
            RegistryError: what the operator refuses, in its own code; Unavailable `operators_insufficient`.
        """
        return await self._ask("POST", "/v1/evaluate", body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: bytes | None) -> Answered:
        try:
            answer = await self._client.request(method, path, content=body)
        except httpx.RequestError as error:
            raise Unavailable("operators_insufficient") from error
        if answer.is_success:
            return Answered(answer.content, answer.headers.get(NOTE))
        family, code = _FAMILIES.get(answer.status_code), _code(answer)
        if family is None or code is None:
            raise Unavailable("operators_insufficient")
        wait = answer.headers.get("retry-after", "")
        raise family(code, facts={"retry_after": int(wait)} if wait.isdecimal() else None)


def _code(answer: httpx.Response) -> str | None:
    """Return the code of a refusal, None where something else than an operator wrote it."""
    try:
        problem: Any = answer.json()
    except ValueError:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code if isinstance(code, str) and code in CODES else None
