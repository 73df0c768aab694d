"""The bundle of a referral, made from what was read: the same facts and proofs give the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.domain.events import timestamp
from registry.domain.filings import Money
from registry.domain.policy import LegalTier
from registry.domain.referrals import Recipient
from registry.letters import pdf
from registry.letters.compose import compose
from registry.letters.facts import Referral as Cover
from registry.services.referrals.steps import Found, LogEntry
from registry.translations import LANGUAGES
from registry_formats import canonical, jws, referrals
from registry_formats.leaf import JsonValue

# Who may see the tokens that the signature covers; for the others the log's proofs vouch for the record.
_MAY_SEE_STATEMENT = frozenset({Recipient.COURT, Recipient.POLICE, Recipient.REGULATOR})
# What names the person, the order or the claim.
_NAMING = frozenset({"claim_ref", "event", "identifiers", "reference"})


def assemble(found: Found, entries: Sequence[LogEntry], *, realm: str) -> bytes:
    """Make the ZIP; it takes a second and a few megabytes, so not on the event loop.

    Errors: Misconfigured `font_missing`, see `letters.pdf`.
    """
    filed = jws.payload(found.statement)
    files = {
        "evidence.json": canonical.dumps(filed.get("evidence", [])),
        "law.json": canonical.dumps([_tier(one) for one in _law(found)]),
        "record.json": canonical.dumps(_record(found, filed)),
        **{f"letter-{language}.pdf": pdf.render(compose(_cover(found), language)) for language in LANGUAGES},
    }
    if found.referral.recipient in _MAY_SEE_STATEMENT:
        files["statement.jws"] = found.statement.encode("ascii")
    for one in entries:
        files[f"log/{one.id}.json"] = referrals.entry_file(one.leaf, one.openings)
        if one.proof is not None:
            files[f"log/{one.id}.tlog-proof"] = one.proof.encode()
    return referrals.pack(files, _facts(found, realm))


def _facts(found: Found, realm: str) -> dict[str, JsonValue]:
    one = found.referral
    return {
        "handed_at": timestamp(found.now),
        "realm": realm,
        "recipient": one.recipient.value,
        "reference": one.reference,
        "referral_id": str(one.id),
        "report_id": str(one.report_id),
    }


def _record(found: Found, filed: Mapping[str, Any]) -> dict[str, Any]:
    report, policy = found.report, found.policy
    name = policy.taxonomy.categories[report.category].name
    return {
        "act_ended_on": report.act_ended_on.isoformat(),
        "amount": {"currency": report.currency, "minor": report.amount_minor},
        "category": report.category.value,
        "category_name": {"en": name.en, "zh": name.zh},
        "confidence": report.confidence.value,
        "filed": {name: value for name, value in filed.items() if name not in _NAMING | {"evidence"}},
        "filed_at": timestamp(report.filed_at),
        "member": found.member,
        "policy": {"digest": report.policy_digest.hex(), "pack": report.policy},
        "repaid_on": report.repaid_on.isoformat() if report.repaid_on is not None else None,
        "report_id": str(report.id),
        "revision": report.revision,
        "served_at": timestamp(report.served_at) if report.served_at is not None else None,
        "severity": report.severity.value,
        "state": report.state.value,
        "taxonomy_version": report.taxonomy_version,
    }


def _law(found: Found) -> tuple[LegalTier, ...]:
    """Return the tiers of the day of the act; a later law is not asked."""
    return found.policy.legal_tiers_of(found.report.act_ended_on)


def _tier(one: LegalTier) -> dict[str, Any]:
    return {
        "acts_from": one.acts_from.isoformat() if one.acts_from is not None else None,
        "acts_until": one.acts_until.isoformat() if one.acts_until is not None else None,
        "article": one.article,
        "id": one.id,
        "kind": one.kind.value,
        "law": one.law,
        "text": {"en": one.text.en, "zh": one.text.zh},
    }


def _cover(found: Found) -> Cover:
    report, policy = found.report, found.policy
    return Cover(
        report_id=report.id,
        member=found.member,
        category=report.category.value,
        name=policy.taxonomy.categories[report.category].name,
        amount=Money(report.amount_minor, report.currency),
        act_ended_on=report.act_ended_on,
        filed_on=policy.today(report.filed_at),
        recipient=found.referral.recipient,
        reference=found.referral.reference,
        law=tuple(one.text for one in _law(found)),
        handed_on=policy.today(found.now),
    )
