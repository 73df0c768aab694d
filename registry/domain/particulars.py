"""The rest of a filing: what it may be about at all, references, tokens, days, and words that may not stand in it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from registry.domain.evidence import EvidenceClass
from registry.domain.filings import AgeBand, Filing, Identifier, JudgmentSource, Nature
from registry.domain.ids import IdentifierKind
from registry.domain.policy import Clocks, Policy
from registry.domain.raw_identifiers import looks_raw
from registry.domain.taxonomies import CategoryKind
from registry.errors import Fault
from registry_formats import base64url, cfr1
from registry_formats.errors import FormatError

IDENTIFIERS_MOST = 8
FACTS_MOST = 10
TEXT_MOST = 2_000
REFERENCE_MOST = 80
CLAIM_REF_BYTES = 32
_REFERENCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/-]{0,78}[A-Za-z0-9])?")
_CONTACTS = frozenset({IdentifierKind.PHONE, IdentifierKind.EMAIL})
_LEADS = {EvidenceClass.DETECTOR: Nature.DETECTOR_SCORE, EvidenceClass.GRAPH: Nature.ASSOCIATION}


def recordable(filing: Filing, policy: Policy) -> Iterator[Fault]:
    """Refuse what no evidence makes recordable, by what it says it rests on and by what it in fact rests on."""
    if filing.nature is not Nature.CONFIRMED_FRAUD:
        yield Fault("/nature", f"not_recordable_{filing.nature}")
    found = {artefact.evidence_class for artefact in filing.evidence}
    if len(found) == 1 and (lead := _LEADS.get(found.pop())):
        yield Fault("/evidence", f"not_recordable_{lead}")
    for pointer, text in texts(filing):
        if any(_folded(term) in _folded(text) for term in policy.penalty_terms):
            yield Fault(pointer, f"not_recordable_{Nature.POLICE_PENALTY}")


def category(filing: Filing, policy: Policy) -> Iterator[Fault]:
    """Refuse what is not in the closed taxonomy; FR-15 only aggravates."""
    rules = policy.taxonomy.categories
    rule = rules.get(filing.category)
    if rule is None:
        yield Fault("/category", "category_unknown")
    elif rule.kind is CategoryKind.AGGRAVATION:
        yield Fault("/category", "aggravation_alone")
    elif rule.kind is not CategoryKind.INCIDENT:
        yield Fault("/category", "category_not_reportable")
    for index, code in enumerate(filing.aggravations):
        if code not in rules or rules[code].kind is not CategoryKind.AGGRAVATION:
            yield Fault(f"/aggravations/{index}", "aggravation_unknown")
        elif code in filing.aggravations[:index]:
            yield Fault(f"/aggravations/{index}", "aggravation_repeated")


def references(filing: Filing) -> Iterator[Fault]:
    """Check the member's references and the event."""
    if not _REFERENCE.fullmatch(filing.reference):
        yield Fault("/reference", "reference_invalid")
    if not _is_claim_ref(filing.claim_ref):
        yield Fault("/claim_ref", "claim_ref_invalid")
    if not (filing.event.tokens or filing.event.order_reference):
        yield Fault("/event", "event_missing")
    if filing.event.order_reference and not _REFERENCE.fullmatch(filing.event.order_reference):
        yield Fault("/event/order_reference", "reference_invalid")
    yield from _tokens(filing.event.tokens, cfr1.Kind.EVENT, "/event/tokens")


def _is_claim_ref(text: str) -> bool:
    try:
        return len(base64url.decode(text, code="claim_ref_invalid")) == CLAIM_REF_BYTES
    except FormatError:
        return False


def wording(filing: Filing) -> Iterator[Fault]:
    """Bound every text, and refuse one that looks like a raw identifier."""
    if len(filing.facts) > FACTS_MOST:
        yield Fault("/facts", "facts_too_many")
    for pointer, text in texts(filing):
        if len(text) > TEXT_MOST:
            yield Fault(pointer, "text_too_long")
        elif looks_raw(text):
            yield Fault(pointer, "raw_identifier_refused")


def texts(filing: Filing) -> Iterator[tuple[str, str]]:
    """List every text a member writes freely, with its pointer; evidence has its own rule (manifests.py)."""
    yield "/reference", filing.reference
    yield "/event/order_reference", filing.event.order_reference
    for index, fact in enumerate(filing.facts[:FACTS_MOST]):
        yield f"/facts/{index}", fact
    if filing.notice:
        yield "/notice/answer", filing.notice.answer
    yield "/investigation/opened_by", filing.investigation.opened_by
    for index, reviewer in enumerate(filing.investigation.reviewers):
        yield f"/investigation/reviewers/{index}/id", reviewer.id
    if filing.legal_basis:
        yield "/legal_basis/text_version", filing.legal_basis.text_version
    yield "/impact_assessment", filing.impact_assessment
    if filing.judgment:
        yield "/judgment/court", filing.judgment.court
        yield "/judgment/reference", filing.judgment.reference


def subject(filing: Filing) -> Iterator[Fault]:
    """Refuse the young, and a filing that does not say how old."""
    if filing.age_band is None:
        yield Fault("/age_band", "age_missing")
    elif filing.age_band is AgeBand.UNDER_18:
        yield Fault("/age_band", "under_age")


def identifiers(filing: Filing, today: date) -> Iterator[Fault]:
    """Check the subject's tokens: at least a phone or an e-mail, so that the relay can serve the notice."""
    if not filing.identifiers:
        yield Fault("/identifiers", "identifiers_missing")
    if len(filing.identifiers) > IDENTIFIERS_MOST:
        yield Fault("/identifiers", "identifiers_too_many")
        return
    if not any(identifier.kind in _CONTACTS for identifier in filing.identifiers):
        yield Fault("/identifiers", "contact_token_missing")
    for index, identifier in enumerate(filing.identifiers):
        where = f"/identifiers/{index}"
        if not identifier.tokens:
            yield Fault(f"{where}/tokens", "tokens_missing")
        yield from _tokens(identifier.tokens, cfr1.Kind(identifier.kind), f"{where}/tokens")
        yield from _period(identifier, where, today)


def _period(identifier: Identifier, where: str, today: date) -> Iterator[Fault]:
    first, last = identifier.valid_from, identifier.valid_to
    if identifier.kind is IdentifierKind.PHONE and first is None:
        yield Fault(f"{where}/valid_from", "phone_dates_missing")
    if first and first > today:
        yield Fault(f"{where}/valid_from", "time_in_future")
    if last and last > today:
        yield Fault(f"{where}/valid_to", "time_in_future")
    if first and last and last < first:
        yield Fault(f"{where}/valid_to", "dates_out_of_order")


def _tokens(tokens: Sequence[str], kind: cfr1.Kind, where: str) -> Iterator[Fault]:
    """One token per epoch, all of one kind."""
    epochs: set[int] = set()
    for index, text in enumerate(tokens):
        try:
            token = cfr1.parse(text)
        except FormatError as error:
            yield Fault(f"{where}/{index}", error.code)
            continue
        if token.kind is not kind:
            yield Fault(f"{where}/{index}", "token_kind_differs")
        if token.epoch in epochs:
            yield Fault(f"{where}/{index}", "token_epoch_repeated")
        epochs.add(token.epoch)


def deadlines(filing: Filing, clocks: Clocks, *, today: date, filed_on: date) -> Iterator[Fault]:
    """Check the order of days, and that the report was filed in time after the act and after the confirmation."""
    if filing.confirmed_on > today:
        yield Fault("/confirmed_on", "time_in_future")
    if filing.confirmed_on < filing.act_ended_on:
        yield Fault("/confirmed_on", "dates_out_of_order")
    if filing.repaid_on and not filing.act_ended_on <= filing.repaid_on <= today:
        yield Fault("/repaid_on", "dates_out_of_order")
    if (filed_on - filing.confirmed_on).days > clocks.file_after_confirmation_days:
        yield Fault("/confirmed_on", "filed_late_after_confirmation")
    if (filed_on - filing.act_ended_on).days > clocks.file_after_act_days:
        yield Fault("/act_ended_on", "filed_late_after_act")


def courts_and_admissions(filing: Filing) -> Iterator[Fault]:
    """Check what would make the proof grade A."""
    words = {item.artefact_id for item in filing.evidence if item.evidence_class is EvidenceClass.WORDS}
    if filing.admission is not None and filing.admission not in words:
        yield Fault("/admission", "admission_unknown")
    judgment = filing.judgment
    if judgment is None:
        return
    if not judgment.final:
        yield Fault("/judgment/final", "judgment_not_final")
    if judgment.source is JudgmentSource.OTHER:
        yield Fault("/judgment/source", "judgment_source_refused")
    if not (judgment.court.strip() and judgment.reference.strip()):
        yield Fault("/judgment/reference", "judgment_reference_missing")


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
