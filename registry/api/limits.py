"""Tell a client how much it may still ask: `RateLimit` and `RateLimit-Policy` (IETF httpapi-ratelimit-headers, 11)."""

from collections.abc import Mapping
from functools import lru_cache

from registry.domain.quotas import Usage

DAY = 86_400


@lru_cache(maxsize=1024)
def usage_headers(usage: Usage) -> Mapping[str, str]:
    """Return the headers of an answer that was charged to a quota; many answers share one charge."""
    return {
        "ratelimit-policy": f'"{usage.quota}";q={usage.limit};w={DAY}',
        "ratelimit": f'"{usage.quota}";r={usage.remaining};t={usage.resets_in}',
    }


@lru_cache(maxsize=1024)
def usage_pairs(usage: Usage) -> tuple[tuple[bytes, bytes], ...]:
    """Return the same headers as the pairs that are sent."""
    return tuple((name.encode(), value.encode()) for name, value in usage_headers(usage).items())


def limit_headers(facts: Mapping[str, str | int]) -> dict[str, str]:
    """Return the headers of a refusal: when to come back, and to which quota it belongs."""
    wait = facts.get("retry_after", 1)
    headers = {"retry-after": str(wait)}
    if "quota" in facts:
        headers["ratelimit-policy"] = f'"{facts["quota"]}";q={facts["limit"]};w={DAY}'
        headers["ratelimit"] = f'"{facts["quota"]}";r=0;t={wait}'
    return headers
