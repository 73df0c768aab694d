"""Answer what a member may know of a person, for one open claim at a time, and never without a trace.

A single query is a batch of one; the edge gathers the queries of many requests into one call of `answer`, which costs a
handful of statements however many they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from registry.crypto.leaves import dumps, verbatim, write
from registry.domain.actions import permitted
from registry.domain.events import AuditEvent, Entry, timestamp
from registry.domain.ids import Action, Protective
from registry.domain.incidents import Asker, Incident, Reliability
from registry.domain.scoring import NOTHING, Score, score
from registry.domain.uuids import uuid7_text
from registry.services import audit
from registry.services.scores.questions import Answer, Batch, Desk, Item, Query
from registry.services.trail import Rows
from registry.store import scores as store
from registry.store.known import Warned, look_up
from registry.store.quick import Executes
from registry_formats.details import (
    ANSWERED,
    SCORE_ACTION,
    SCORE_LEGAL_BASIS,
    batch_detail,
    content_detail,
    told_detail,
)
from registry_formats.leaf import SALT_BYTES, Group, JsonValue, LeafType, commit_canonical

BATCH_ACTION = "score.batch"
REUSED = "claim_ref_reused"


async def answer(session: Executes, queries: Sequence[Query], *, desk: Desk) -> list[Answer]:
    """Answer queries, each with an entry of its own; the caller shows nothing before the transaction has committed."""
    rows = Rows()
    answers: list[Answer] = []
    disclosed: list[store.DisclosureRow] = []
    for one in await look(session, queries, desk):
        query, found, query_id, warnings, again = one
        if found is None:
            answers.append(refuse(query, rows, desk))
            continue
        fields = _fields(query, found, query_id, warnings, livemode=desk.livemode)
        told = write(fields)
        content = told_detail(query.request_sha256, verbatim(told))
        entry = desk.trail.write(_event(query, ANSWERED, content), query.act, rows)
        answers.append(Answer(fields, told, entry, again=again))
        disclosed += disclosed_to(query, found, query_id, entry, permitted(found.band, warnings))
    await audit.append(session, rows, trail=desk.trail)
    await store.disclose(session, disclosed)
    return answers


async def answer_batch(session: Executes, queries: Sequence[Query], *, desk: Desk) -> Batch:
    """Answer one member's many claims with one entry, whose content is the root over the items (audit-log.md 2)."""
    rows = Rows()
    items: list[Item] = []
    sealed: list[tuple[Query, str, bytes]] = []
    told: list[tuple[Query, Score, str, Sequence[Action]]] = []
    commitments: list[bytes] = []
    looked = await look(session, queries, desk)
    for query, found, query_id, warnings, _ in looked:
        shown = found or NOTHING
        fields = (
            {"refusal": REUSED} if found is None else _fields(query, shown, query_id, warnings, livemode=desk.livemode)
        )
        salt, canonical = desk.entropy(SALT_BYTES), dumps(content_detail(query.request_sha256, fields))
        commitments.append(commit_canonical(Group.CONTENT, salt, canonical))
        items.append(Item(fields, salt))
        sealed.append((query, query_id, salt + canonical))
        told.append((query, shown, query_id, permitted(shown.band, warnings)))
    first = queries[0]
    event = AuditEvent(
        LeafType.BATCH,
        action=BATCH_ACTION,
        outcome=ANSWERED,
        legal_basis=SCORE_LEGAL_BASIS,
        content=batch_detail(first.request_sha256, commitments),
    )
    entry = desk.trail.write(event, first.act, rows)
    for position, (query, _, opening) in enumerate(sealed):
        subject = [token.stored for token in query.tokens]
        desk.trail.write_item(entry.id, position, query.purpose.value, opening, subject, rows)
    await audit.append(session, rows, trail=desk.trail)
    rested = (disclosed_to(query, shown, query_id, entry, actions) for query, shown, query_id, actions in told)
    await store.disclose(session, list(chain.from_iterable(rested)))
    return Batch(items, event.content, entry, sum(one.again for one in looked))


class Looked(NamedTuple):
    """A query and what was found.

    Args:
        found: the score; None where the claim is bound to other identifiers.
        warnings: in favour of the person, that bind the asking member.
        again: it was asked before.
    """

    query: Query
    found: Score | None
    query_id: str
    warnings: tuple[Protective, ...]
    again: bool


async def look(session: Executes, queries: Sequence[Query], desk: Desk) -> list[Looked]:
    """Score each query, and bind its claim; what is shown of it must be written down in the same transaction."""
    # Also takes the lock of disclosures; what is read after it cannot be recalled before this commits.
    reused, again = await _bind(session, queries)
    known = await look_up(session, tokens={token.stored for query in queries for token in query.tokens})
    touched = _touched(known.incidents)
    looked: list[Looked] = []
    for place, query in enumerate(queries):
        incidents = _of_query(query, touched) if touched else ()
        found = None if place in reused else _score(query, incidents, known.reliability)
        query_id = uuid7_text(int(query.act.now.timestamp() * 1000), desk.entropy(10))
        warnings = _warnings(query, known.warned) if known.warned else ()
        looked.append(Looked(query, found, query_id, warnings, place in again))
    return looked


async def _bind(session: Executes, queries: Sequence[Query]) -> tuple[set[int], set[int]]:
    """Bind each claim to the identifiers it first asked about.

    Returns the places of queries that ask about others, and of those that only repeat what was asked before.
    """
    asked = [list(_claims(query)) for query in queries]
    first: dict[tuple[UUID, bytes, int], store.ClaimRow] = {}
    for row in chain.from_iterable(asked):
        first.setdefault(row[:3], row)
    before = await store.bind(session, list(first.values()))
    if not before and len(first) == sum(map(len, asked)):
        return set(), set()  # each claim is new, and no two are the same
    bound = {key: row.identifiers for key, row in first.items()} | before
    other = {place for place, rows in enumerate(asked) if any(bound[row[:3]] != row.identifiers for row in rows)}
    again = {place for place, rows in enumerate(asked) if before and all(row[:3] in before for row in rows)}
    return other, again - other


def _claims(query: Query) -> Iterable[store.ClaimRow]:
    epochs: dict[int, list[bytes]] = {}
    for token in query.tokens:
        epochs.setdefault(token.epoch, []).append(token.stored)
    for epoch, stored in epochs.items():
        identifiers = sha256(b"".join(sorted(set(stored)))).digest()
        yield store.ClaimRow(query.caller.member_id, query.claim_ref, epoch, identifiers, query.act.now)


def _touched(incidents: Iterable[Incident]) -> Mapping[bytes, Mapping[UUID, Incident]]:
    """Find for each token the incidents that name it, with all others on the same events."""
    on_event: dict[bytes, dict[UUID, Incident]] = defaultdict(dict)
    for one in incidents:
        on_event[one.event][one.report_id] = one
    touched: dict[bytes, dict[UUID, Incident]] = defaultdict(dict)
    for others in on_event.values():
        for stored in {identity.stored for one in others.values() for identity in one.identities}:
            touched[stored].update(others)
    return touched


def _warnings(query: Query, warned: Mapping[bytes, list[Warned]]) -> tuple[Protective, ...]:
    """Return the warnings that bind the asking member, in the order of the vocabulary (`protective.binding`)."""
    asker = query.caller.member_id
    kinds = {one.kind for token in query.tokens for one in warned.get(token.stored, ()) if asker not in one.verified}
    return tuple(kind for kind in Protective if kind in kinds)


def _of_query(query: Query, touched: Mapping[bytes, Mapping[UUID, Incident]]) -> tuple[Incident, ...]:
    found = chain.from_iterable(touched.get(token.stored, {}).items() for token in query.tokens)
    return tuple(dict(found).values())


def _score(query: Query, incidents: tuple[Incident, ...], reliability: Mapping[UUID, Reliability]) -> Score:
    return score(
        query.scoring.model,
        tokens=query.tokens,
        incidents=incidents,
        reliability=reliability,
        asker=Asker(query.caller.member_id, query.caller.group_id),
        as_of=query.act.now,
    )


def _fields(
    query: Query, found: Score, query_id: str, warnings: Sequence[Protective], *, livemode: bool
) -> dict[str, JsonValue]:
    """Shape the answer: the same fields, in the same types, whether or not anything is known."""
    return {
        "as_of": timestamp(query.act.now),
        "band": found.band.value,
        "claim_ref": query.claim_text,
        "groups": found.groups,
        "livemode": livemode,
        "match_strength": found.match_strength.value,
        "matched": [kind.value for kind in found.matched],
        "mitigating": [code.value for code in found.mitigating],
        "permitted_actions": [action.value for action in permitted(found.band, warnings)],
        "policy": {"digest": query.scoring.digest, "pack": query.scoring.pack},
        "protective": [kind.value for kind in warnings],
        "purpose": query.purpose.value,
        "query_id": query_id,
        "reason_codes": [code.value for code in found.reason_codes],
        "score": found.score,
        "score_version": query.scoring.model.version,
        "score_without_own": found.score_without_own,
        "under_dispute": found.under_dispute,
    }


def disclosed_to(
    query: Query, found: Score, query_id: str, entry: Entry, actions: Sequence[Action]
) -> Iterable[store.DisclosureRow]:
    """Say what a member was told of, and how many of the actions A1 to A5 it was permitted."""
    member_id, at, rungs = query.caller.member_id, query.act.now, len(actions)
    return (
        store.DisclosureRow(
            UUID(query_id), one.report_id, one.revision, member_id, entry.id, at, query.claim_ref, rungs
        )
        for one in found.disclosed
    )


def refuse(query: Query, rows: Rows, desk: Desk) -> Answer:
    """Log the refusal too: an attempt to widen a claim is itself worth knowing."""
    entry = desk.trail.write(
        _event(query, REUSED, content_detail(query.request_sha256, {}), LeafType.DENIED), query.act, rows
    )
    return Answer({}, b"{}", entry, refusal=REUSED)


def _event(
    query: Query, outcome: str, content: Mapping[str, JsonValue], type_: LeafType = LeafType.QUERY
) -> AuditEvent:
    return AuditEvent(
        type=type_,
        action=SCORE_ACTION,
        outcome=outcome,
        purpose=query.purpose.value,
        legal_basis=SCORE_LEGAL_BASIS,
        claim=query.claim_text,
        subject=tuple(token.stored for token in query.tokens),
        content=content,
    )
