"""Ask what is known of a person, for one open claim, and believe only what comes with a valid receipt."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry_client._exchange import Call, object_of
from registry_client._http import Reply
from registry_client.errors import Context, ReceiptUnsaved, ReceiptUnverified, RequestRefused
from registry_client.models import ItemRefused, ScoreAnswer
from registry_client.receipts import Filed, ReceiptBook
from registry_client.tokens import Identifiers, Named
from registry_client.vocabulary import Purpose
from registry_formats import base64url, canonical, claims
from registry_formats.cfr1 import Kind
from registry_formats.errors import FormatError

MOST_IDENTIFIERS = 8
MOST_CLAIMS = 200  # of the 500 allowed, so that the largest still fit into one request

_TIME = "the receipt's time is not now; in a sandbox whose clock was moved give Options.registry_clock"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One buyer as the registry may know them. Pseudonymous personal data: shown as kinds only."""

    named: tuple[Named, ...] = field(repr=False)

    def __repr__(self) -> str:
        """Show the kinds, masked."""
        return f"Tokens({', '.join(f'{one.kind.value}=***' for one in self.named)})"

    @property
    def identifiers(self) -> list[dict[str, Any]]:
        """Write what names the person as JSON, for a query."""
        return [_identifier(one) for one in self.named if one.kind is not Kind.EVENT]

    def known(self, valid_from: date, valid_to: date) -> list[dict[str, Any]]:
        """Write them for a report, with the days on which they were last known to be this person's.

        A phone needs them, because numbers are given to somebody else; other kinds may have them.
        """
        days = {"valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat()}
        return [identifier | days for identifier in self.identifiers]

    @property
    def event(self) -> list[str]:
        """Write what names the order as JSON, for a report."""
        return [token.text for one in self.named if one.kind is Kind.EVENT for token in one.tokens]


@dataclass(frozen=True, slots=True)
class ClaimReference:
    """A refund claim, named so that only its member can say which it was (domain.md, section 6).

    Args:
        value: 32 bytes, all that the registry sees.
        opening: HMAC of the claim id; shown with the id to an auditor who asks that the claim be opened.
    """

    value: bytes
    opening: bytes = field(repr=False)

    def __str__(self) -> str:
        """Write the 43 characters that travel."""
        return base64url.encode(self.value)


@dataclass(frozen=True, slots=True)
class Question:
    """One claim of many: who made it, its reference, and why it is asked about."""

    who: Identifiers | Tokens
    claim: ClaimReference | str
    purpose: Purpose = Purpose.OPEN_CLAIM


def claim_reference(claim_key: bytes, claim_id: str) -> ClaimReference:
    """Name a claim: k = HMAC-SHA-256(key, id), reference = SHA-256("CFR1-claim" ‖ k ‖ id).

    Args:
        claim_key: 32 secret random bytes or more, of the member's own, kept as long as its claims.
        claim_id: the member's own id of the claim.

    Raises:
        FormatError: `claim_key_short`, `claim_id_empty`.
    """
    opening = claims.opening(claim_key, claim_id)
    return ClaimReference(claims.reference(opening, claim_id), opening)


def build(
    tokens: Tokens, claim: str, purpose: Purpose, *, book: ReceiptBook, clock: Callable[[], float]
) -> Call[ScoreAnswer]:
    """Ask about the person behind one claim.

    Args:
        tokens: 1 to 8 identifiers; an event among them is left out, because it names no person.
        claim: the claim reference as text.
        purpose: why.
        book: checks and holds the receipt.
        clock: the registry's time, seconds since 1970.

    Raises:
        RequestRefused: `identifiers_none`, `identifiers_too_many`.
    """
    body = canonical.dumps(_asked(tokens, claim, purpose))

    def parse(reply: Reply) -> ScoreAnswer:
        answer = object_of(reply)
        with _receipt_demanded(reply):
            # The answer commits to the bytes of this very request: an answer to another one is refused here.
            receipt = book.accept(answer, body=body, purpose=purpose.value, claim=claim, now_ms=int(clock() * 1000))
        return ScoreAnswer.read(answer, receipt)

    return Call("POST", "/v1/scores:query", parse, body)


def build_batch(
    questions: Sequence[tuple[Tokens, str, Purpose]], *, book: ReceiptBook, clock: Callable[[], float]
) -> Call[list[ScoreAnswer | ItemRefused]]:
    """Ask about many claims at once, each with its own reference and purpose; one receipt covers all."""
    body = canonical.dumps({"items": [_asked(*question) for question in questions]})

    def parse(reply: Reply) -> list[ScoreAnswer | ItemRefused]:
        answer = object_of(reply)
        with _receipt_demanded(reply):
            receipt = book.accept_batch(answer, body=body, now_ms=int(clock() * 1000))
        asked = zip(questions, answer["items"], strict=True)
        return [_item(item["result"], claim, purpose, receipt) for (_, claim, purpose), item in asked]

    return Call("POST", "/v1/scores:batch", parse, body)


@contextmanager
def _receipt_demanded(reply: Reply) -> Iterator[None]:
    try:
        yield
    except FormatError as error:
        title = _TIME if error.code == "receipt_time" else ""
        context = Context(reply.headers["x-request-id"], status=reply.status, title=title)
        raise ReceiptUnverified(error.code, context) from error
    except OSError as error:
        context = Context(
            reply.headers["x-request-id"], status=reply.status, retryable=True, title=type(error).__name__
        )
        raise ReceiptUnsaved("receipt_unsaved", context) from error


def _asked(tokens: Tokens, claim: str, purpose: Purpose) -> dict[str, Any]:
    identifiers = tokens.identifiers
    if not 1 <= len(identifiers) <= MOST_IDENTIFIERS:
        raise RequestRefused("identifiers_too_many" if identifiers else "identifiers_none")
    return {"claim_ref": claim, "identifiers": identifiers, "purpose": purpose.value}


def _item(result: Mapping[str, Any], claim: str, purpose: Purpose, receipt: Filed) -> ScoreAnswer | ItemRefused:
    if "refusal" in result:
        return ItemRefused(str(result["refusal"]))
    # The items of one batch commit to the same request: only these two fields tell whose answer this is.
    if (result["claim_ref"], result["purpose"]) != (claim, purpose.value):
        raise ValueError
    return ScoreAnswer.read(result, receipt)


def _identifier(named: Named) -> dict[str, Any]:
    return {"kind": named.kind.value, "tokens": [token.text for token in named.tokens]}
