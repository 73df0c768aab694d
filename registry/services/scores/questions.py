"""What is asked about people and what is answered, and with what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from registry import policies
from registry.domain.access import Caller
from registry.domain.events import Act, Entry
from registry.domain.ids import Purpose
from registry.domain.incidents import QueryToken
from registry.domain.policy import Policy
from registry.domain.score_model import ScoreModel
from registry.services.trail import Trail
from registry_formats.leaf import JsonValue

# Subjects, auditors and courts have ways of their own in; a member asks for these reasons only.
MEMBER_PURPOSES = frozenset({Purpose.OPEN_CLAIM, Purpose.RESTRICTION_REVIEW, Purpose.APPEAL})


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a policy pack says about answers: its name, its digest, the score model with its currencies."""

    pack: str
    digest: str
    model: ScoreModel

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Put a pack's score model together with the pack's own currencies."""
        thresholds = {currency: (one.serious, one.large, one.huge) for currency, one in policy.thresholds.items()}
        return cls(policy.pack, policy.digest, policies.score_models()[policy.score_model].with_thresholds(thresholds))


class Query(NamedTuple):
    """One claim's question.

    Args:
        act: when, and under which request.
        caller: the asking member.
        scoring: the pack of the asking member.
        purpose: why.
        claim_ref: the claim it is bound to, 32 bytes, and as text.
        tokens: 1 to 8 identifiers, each with a token per live epoch, as stored tokens.
        request_sha256: the digest of the request body as sent (`registry_formats.details.request_digest`).
    """

    act: Act
    caller: Caller
    scoring: Scoring
    purpose: Purpose
    claim_ref: bytes
    claim_text: str
    tokens: tuple[QueryToken, ...]
    request_sha256: str


class Answer(NamedTuple):
    """What a member is told, also as canonical JSON, and the entry that proves it.

    `refusal` is a code where nothing is told. `again` says that the claim had been asked about before, with the same
    identifiers: it counts once in the quota.
    """

    fields: Mapping[str, JsonValue]
    told: bytes
    entry: Entry
    refusal: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One claim of a batch: what is told, or `{"refusal": code}`, and the salt of its commitment."""

    fields: Mapping[str, JsonValue]
    salt: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What a member is told about many claims, the content that the entry commits to, and the entry.

    `again` counts the claims that had been asked about before.
    """

    items: Sequence[Item]
    content: Mapping[str, JsonValue]
    entry: Entry
    again: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process answers with: its trail, its randomness, whether the records are about people."""

    trail: Trail
    entropy: Callable[[int], bytes]
    livemode: bool
