"""The closure gate: may a member close this person's account? Asked, answered and recorded like a score."""

from registry.crypto.leaves import verbatim, write
from registry.domain.actions import permitted
from registry.domain.closures import ClosureCase, ClosureRefusal, closure_refusals
from registry.domain.events import AuditEvent, timestamp
from registry.services import audit
from registry.services.scores.answers import disclosed_to, look, refuse
from registry.services.scores.questions import Answer, Desk, Query
from registry.services.trail import Rows
from registry.store import scores as store
from registry.store.quick import Executes
from registry_formats.details import CLOSURE_ACTION, SCORE_LEGAL_BASIS, told_detail
from registry_formats.leaf import JsonValue, LeafType

PERMITTED, REFUSED = "closure_permitted", "closure_refused"


async def ask_closure(session: Executes, query: Query, case: ClosureCase, *, desk: Desk) -> Answer:
    """Say whether an account may be closed, or everything that keeps the gate shut; either has an entry of its own.

    The answer rests on records, so it is a disclosure of them whether or not it permits anything. The caller shows
    nothing before the transaction has committed.
    """
    rows = Rows()
    ((_, found, query_id, warnings, again),) = await look(session, [query], desk)
    if found is None:
        refused = refuse(query, rows, desk)
        await audit.append(session, rows, trail=desk.trail)
        return refused
    shut = closure_refusals(found, case, warnings, min_groups=query.scoring.model.closure_min_groups)
    fields = _fields(query, query_id, case, shut, livemode=desk.livemode)
    told = write(fields)
    event = AuditEvent(
        type=LeafType.QUERY,
        action=CLOSURE_ACTION,
        outcome=REFUSED if shut else PERMITTED,
        purpose=query.purpose.value,
        legal_basis=SCORE_LEGAL_BASIS,
        claim=query.claim_text,
        subject=tuple(token.stored for token in query.tokens),
        content=told_detail(query.request_sha256, verbatim(told)),
    )
    entry = desk.trail.write(event, query.act, rows)
    await audit.append(session, rows, trail=desk.trail)
    actions = permitted(found.band, warnings, gate_open=not shut)
    await store.disclose(session, list(disclosed_to(query, found, query_id, entry, actions)))
    return Answer(fields, told, entry, again=again)


def _fields(
    query: Query, query_id: str, case: ClosureCase, shut: tuple[ClosureRefusal, ...], *, livemode: bool
) -> dict[str, JsonValue]:
    """Shape the answer: what was asked for, what of the member's case held, and what keeps the gate shut."""
    return {
        "as_of": timestamp(query.act.now),
        "case": {
            "decision_maker": case.decision_maker,
            "exit_rights": sorted(right.value for right in case.exit_rights),
            "own_finding": case.own_finding,
            "reasons_sent": case.reasons_sent,
        },
        "claim_ref": query.claim_text,
        "livemode": livemode,
        "outcome": REFUSED if shut else PERMITTED,
        "policy": {"digest": query.scoring.digest, "pack": query.scoring.pack},
        "purpose": query.purpose.value,
        "query_id": query_id,
        "refusals": [one.value for one in shut],
        "score_version": query.scoring.model.version,
        "valid_until": None if shut else timestamp(case.valid_until),
    }
