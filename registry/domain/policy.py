"""Policy packs: every number, list and text of the rules, as dated data with a digest (domain.md 10).

A pack is read once at start. Its digest covers its taxonomy and its score model, and stands in every answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

from registry.domain.filings import AgeBand
from registry.domain.ids import IdentifierKind, Severity
from registry.domain.taxonomies import Taxonomy, Text


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Amounts of one currency in minor units: S1 up to `small`, S3 from `serious`, then the two higher legal tiers."""

    small: int
    serious: int
    large: int
    huge: int


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """What makes a report S3 besides its amount."""

    repeated_incidents: int
    grave_categories: tuple[str, ...]


class LegalKind(StrEnum):
    """Which branch of the law a tier belongs to."""

    ADMINISTRATIVE = "administrative"
    CRIMINAL = "criminal"
    CIVIL = "civil"


@dataclass(frozen=True, slots=True)
class LegalTier:
    """What the law may say of an act of a given date. Informational, never a score input."""

    id: str
    kind: LegalKind
    acts_from: date | None
    acts_until: date | None
    law: str
    article: str
    text: Text


@dataclass(frozen=True, slots=True)
class Law:
    """One rule of law the pack rests on, and what follows from it here."""

    id: str
    law: str
    article: str
    text: Text


@dataclass(frozen=True, slots=True)
class Clocks:
    """Every period of the rules, in the unit its name ends with."""

    member_notice_days: int
    notice_window_days: int
    serve_within_days: int
    heard_after_days: int
    file_after_confirmation_days: int
    file_after_act_days: int
    dispute_mark_minutes: int
    identity_proof_days: int
    member_answer_days: int
    subject_answer_days: int
    decision_days: int
    decision_told_days: int
    second_instance_ask_months: int
    second_instance_days: int
    external_decision_days: int
    inconclusive_days: int
    recall_acknowledge_hours: int
    recall_suspend_hours: int
    claim_open_days: int
    evidence_kept_days: int
    rehabilitation_decision_days: int
    suspend_privileges_least_days: int
    suspend_privileges_most_days: int
    closure_permission_days: int
    impact_assessment_years: int
    first_reminder_hours: int
    last_reminder_hours: int
    rehabilitation_clean_percent: int


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a record lives from the end of the act, and how long one identifier lives from its last known day."""

    months: Mapping[Severity, int]
    halved_ages: tuple[AgeBand, ...]
    identifier_months: Mapping[IdentifierKind, int]
    own_member_only: tuple[Severity, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Who may confirm a report, and how many of them; how many must approve the draft of a decision on an appeal."""

    roles: tuple[str, ...]
    supervisor_role: str
    reviewers: Mapping[Severity, int]
    approvals: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class IntegrityRules:
    """When a member's own conduct has consequences, and from how many cases on a figure may be published.

    Args:
        overturned_percent: more than this share of the last `decisions` decisions puts filing under supervision.
        decisions: how many decisions a rate needs.
        late_answers: so many within `late_answer_days` days put filing under supervision.
        late_answer_days: see there.
        readjudication_ppm: share of reports drawn for a second look.
        brake_factor: reports above so many times the usual week wait.
        brake_trailing_weeks: the weeks whose mean is the usual one.
        brake_free_reports: reports a week that never wait.
        brake_sample: of those that wait, so many are audited before the rest goes on.
        overlap_least_subjects: fewer in common never raise an alarm.
        overlap_surprise_nats: the least -ln of the chance that raises one.
        small_cell: smaller counts are not published.
    """

    overturned_percent: int
    decisions: int
    late_answers: int
    late_answer_days: int
    readjudication_ppm: int
    brake_factor: int
    brake_trailing_weeks: int
    brake_free_reports: int
    brake_sample: int
    overlap_least_subjects: int
    overlap_surprise_nats: int
    small_cell: int


@dataclass(frozen=True, slots=True)
class BureauExport:
    """Export to a licensed credit bureau: off, and impossible to switch on without a licence reference."""

    enabled: bool
    licence_reference: str
    text: Text


@dataclass(frozen=True, slots=True)
class Policy:
    """One pack. `digest` is 64 hex digits; `document` is the parsed pack as JSON values, to be shown as it is."""

    pack: str
    version: str
    effective_on: date
    jurisdiction: str
    utc_offset_minutes: int
    enabled: bool
    disabled_reason: Text | None
    taxonomy: Taxonomy
    score_model: str
    score_model_digest: str
    thresholds: Mapping[str, Thresholds]
    severity: SeverityRule
    legal_tiers: tuple[LegalTier, ...]
    laws: tuple[Law, ...]
    clocks: Clocks
    holidays: frozenset[date]
    retention: Retention
    review: Review
    integrity: IntegrityRules
    legal_basis_modes: tuple[str, ...]
    consent_modes: tuple[str, ...]
    penalty_terms: tuple[str, ...]
    forbidden_uses: Mapping[str, Text]
    texts: Mapping[str, Text]
    bureau_export: BureauExport
    digest: str
    document: Mapping[str, Any]

    def today(self, now: datetime) -> date:
        """Return the calendar day of a moment in the pack's civil time, in which its periods are counted."""
        return now.astimezone(self._zone).date()

    def midnight_after(self, day: date) -> datetime:
        """Return the moment at which a calendar day of the pack's civil time is over, in UTC."""
        return datetime.combine(day + timedelta(days=1), time.min, self._zone).astimezone(UTC)

    def days_after(self, since: datetime, days: int) -> datetime:
        """Return when a period in days is over: at the end of its last day in the pack's civil time."""
        return self.midnight_after(self.today(since) + timedelta(days=days))

    def answer_days_after(self, since: datetime, days: int) -> datetime:
        """Return when a period to answer is over; one that would end on a public holiday ends on the next other day."""
        day = self.today(since) + timedelta(days=days)
        while day in self.holidays:
            day += timedelta(days=1)
        return self.midnight_after(day)

    @property
    def _zone(self) -> timezone:
        return timezone(timedelta(minutes=self.utc_offset_minutes))

    def legal_tiers_of(self, act_ended_on: date) -> tuple[LegalTier, ...]:
        """Return the tiers in force on the day of the act."""
        return tuple(
            tier
            for tier in self.legal_tiers
            if (tier.acts_from or date.min) <= act_ended_on <= (tier.acts_until or date.max)
        )
