"""What may stand between a member and an honest registry."""

from collections.abc import Callable

import httpx

from registry_client import Client, Identifiers, Options, claim_reference
from registry_client.testing import BASE_URL, MEMBER, FakeRegistry

CLAIM = claim_reference(bytes(32), "claim-1")
PHONE = Identifiers(phone="+86 138 0013 8000")
INCLUSION, CONSISTENCY = "proofs/inclusion", "proofs/consistency"
Handler = Callable[[httpx.Request], httpx.Response]


def answered(registry: FakeRegistry, request: httpx.Request) -> httpx.Response:
    """Answer as the registry does."""
    answer = registry.transport.handler(request)
    assert isinstance(answer, httpx.Response)
    return answer


def behind(registry: FakeRegistry, options: Options, handle: Handler) -> Client:
    """Make a client that something stands before."""
    return Client(BASE_URL, MEMBER, registry.key, registry.trust, options, httpx.MockTransport(handle))
