"""What a filing says, as the store keeps it: tokens under the pepper of their epoch, orders under a key, hashes."""

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from registry.domain.filings import Filing, Identifier
from registry.domain.reports import KeptIdentifier
from registry.errors import Conflict, Fault
from registry.services.reports.desk import Desk
from registry.store.reports import KnownAs, Proof
from registry_formats import cfr1
from registry_formats.errors import FormatError


def identities(identifiers: Sequence[Identifier | KeptIdentifier], desk: Desk) -> list[KnownAs]:
    """Return the stored tokens of live epochs; of an identifier that was not judged yet, without its dates."""
    found: list[KnownAs] = []
    for one in identifiers:
        known_on, ends_on = (one.known_on, one.expires_on) if isinstance(one, KeptIdentifier) else (date.min, date.max)
        for text in one.tokens:
            token = _live(text, desk)
            if token is not None:
                stored = cfr1.stored(desk.peppers[token.epoch], token)
                found.append(KnownAs(one.kind, token.epoch, stored, known_on, ends_on))
    return found


def events(filing: Filing, member_id: UUID, desk: Desk) -> list[bytes]:
    """Return what names the order: its stored event tokens, and a keyed hash of the member's own reference for it."""
    tokens = [token for token in (_live(text, desk) for text in filing.event.tokens) if token is not None]
    names = [cfr1.stored(desk.peppers[token.epoch], token) for token in tokens]
    if filing.event.order_reference:
        name = member_id.bytes + filing.event.order_reference.encode()
        names.append(hmac.digest(desk.keys.orders, name, "sha256"))
    return names


def artefacts(filing: Filing) -> list[Proof]:
    """Return what the evidence is known by."""
    return [
        Proof(one.artefact_id, one.evidence_class.value, bytes.fromhex(one.sha256), one.retain_until)
        for one in filing.evidence
    ]


@contextmanager
def refuse_dead_epochs(filing: Filing, desk: Desk) -> Iterator[None]:
    """Add to whatever is refused the tokens of epochs that are not live: nobody could ever match them."""
    dead = list(_dead(filing, desk))
    try:
        yield
    except Conflict as refusal:
        raise Conflict(refusal.code, faults=[*refusal.faults, *dead]) from None
    if dead:
        raise Conflict("report_refused", faults=dead)


def _dead(filing: Filing, desk: Desk) -> Iterator[Fault]:
    places = [("/event/tokens", filing.event.tokens)]
    places += [(f"/identifiers/{place}/tokens", one.tokens) for place, one in enumerate(filing.identifiers)]
    for where, texts in places:
        for index, text in enumerate(texts):
            token = _read(text)
            if token is not None and token.epoch not in desk.peppers:
                yield Fault(f"{where}/{index}", "epoch_not_live")


def _live(text: str, desk: Desk) -> cfr1.Token | None:
    token = _read(text)
    return token if token is not None and token.epoch in desk.peppers else None


def _read(text: str) -> cfr1.Token | None:
    try:
        return cfr1.parse(text)
    except FormatError:
        # Named among the faults by the rules themselves.
        return None
