"""Parse policy packs: strict, complete, and hashed over canonical JSON (RFC 8785)."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from types import MappingProxyType

from registry.domain.filings import AgeBand
from registry.domain.ids import IdentifierKind, Severity
from registry.domain.policy import (
    BureauExport,
    Clocks,
    IntegrityRules,
    Law,
    LegalKind,
    LegalTier,
    Policy,
    Retention,
    Review,
    SeverityRule,
    Thresholds,
)
from registry.domain.tables import Table, Word, digest, read_word, read_words
from registry.domain.taxonomies import CategoryKind, Taxonomy, Text, read_text

_PHONE_MONTHS_MOST = 12
_CURRENCY = re.compile(r"[A-Z]{3}")
_OFFSET_MOST = 14 * 60


def parse(text: bytes, *, taxonomies: Mapping[int, Taxonomy], score_models: Mapping[str, str]) -> Policy:
    """Read one pack.

    Args:
        text: the TOML file.
        taxonomies: the known taxonomies by version.
        score_models: digest (hex SHA-256) of each known score model by name.

    Raises:
        Misconfigured: `policy_invalid`, with the place and the cure.
    """
    root = Table.parse(text, "pack")
    document = root.document()
    root.where = name = root.text("pack")
    taxonomy = _taxonomy(root, taxonomies)
    model, model_digest = _score_model(root, score_models)
    enabled = root.flag("enabled")
    policy = Policy(
        pack=name,
        version=root.text("version"),
        effective_on=root.day("effective_on"),
        jurisdiction=root.text("jurisdiction"),
        utc_offset_minutes=_offset(root),
        enabled=enabled,
        disabled_reason=_disabled_reason(root, enabled=enabled),
        taxonomy=taxonomy,
        score_model=model,
        score_model_digest=model_digest,
        thresholds=_thresholds(root.table("thresholds")),
        severity=_severity(root.table("severity"), taxonomy),
        legal_tiers=tuple(_legal_tier(item) for item in root.tables("legal_tiers")),
        laws=tuple(_law(item) for item in root.tables("laws")),
        clocks=_clocks(root.table("clocks")),
        holidays=_holidays(root.table("calendar")),
        retention=_retention(root.table("retention")),
        review=_review(root.table("review")),
        integrity=_integrity(root.table("integrity")),
        legal_basis_modes=root.texts("legal_basis_modes"),
        consent_modes=root.texts("consent_modes"),
        penalty_terms=root.texts("penalty_terms"),
        forbidden_uses=_texts(root.table("forbidden_uses")),
        texts=_texts(root.table("texts")),
        bureau_export=_bureau_export(root.table("bureau_export")),
        digest=digest({"pack": document, "taxonomy": taxonomy.digest, "score_model": model_digest}),
        document=document,
    )
    root.close()
    if not set(policy.consent_modes) <= set(policy.legal_basis_modes):
        root.refuse("consent_modes", "must be among legal_basis_modes")
    return policy


def _thresholds(table: Table) -> Mapping[str, Thresholds]:
    found = {}
    for currency in table.names():
        if not _CURRENCY.fullmatch(currency):
            table.refuse(currency, "must be an ISO 4217 code")
        row = table.table(currency)
        amounts = [row.integer(field.name, least=1) for field in fields(Thresholds)]
        row.close()
        if amounts != sorted(set(amounts)):
            table.refuse(currency, "amounts must rise")
        found[currency] = Thresholds(*amounts)
    if not found:
        table.refuse("*", "must name at least one currency")
    return MappingProxyType(found)


def _severity(table: Table, taxonomy: Taxonomy) -> SeverityRule:
    rule = SeverityRule(table.integer("repeated_incidents", least=2), table.texts("grave_categories"))
    table.close()
    for code in rule.grave_categories:
        if code not in taxonomy.categories or taxonomy.categories[code].kind is not CategoryKind.INCIDENT:
            table.refuse("grave_categories", "must name incident categories of the taxonomy")
    return rule


def _legal_tier(table: Table) -> LegalTier:
    tier = LegalTier(
        id=table.text("id"),
        kind=read_word(table, "kind", LegalKind),
        acts_from=table.day("acts_from") if table.has("acts_from") else None,
        acts_until=table.day("acts_until") if table.has("acts_until") else None,
        law=table.text("law"),
        article=table.text("article"),
        text=read_text(table, "text"),
    )
    table.close()
    if tier.acts_from and tier.acts_until and tier.acts_until < tier.acts_from:
        table.refuse("acts_until", "must not lie before acts_from")
    return tier


def _law(table: Table) -> Law:
    law = Law(table.text("id"), table.text("law"), table.text("article"), read_text(table, "text"))
    table.close()
    return law


def _clocks(table: Table) -> Clocks:
    clocks = Clocks(**{field.name: table.integer(field.name, least=1) for field in fields(Clocks)})
    table.close()
    return clocks


def _holidays(table: Table) -> frozenset[date]:
    holidays = table.days("holidays")
    table.close()
    return frozenset(holidays)


def _retention(table: Table) -> Retention:
    months = _by_word(table.table("months"), Severity)
    identifiers = _by_word(table.table("identifier_months"), IdentifierKind)
    if months.keys() != set(Severity) or list(months.values()) != sorted(months.values()):
        table.refuse("months", "must give every severity its months, never fewer for a graver one")
    if any(count % 2 for count in months.values()):
        table.refuse("months", "must be even, because young people's are halved")
    if identifiers.get(IdentifierKind.PHONE, _PHONE_MONTHS_MOST + 1) > _PHONE_MONTHS_MOST:
        table.refuse("identifier_months", f"phone must be at most {_PHONE_MONTHS_MOST}: carriers recycle numbers")
    retention = Retention(
        months=MappingProxyType(months),
        halved_ages=read_words(table, "halved_ages", AgeBand),
        identifier_months=MappingProxyType(identifiers),
        own_member_only=read_words(table, "own_member_only", Severity),
    )
    table.close()
    return retention


def _review(table: Table) -> Review:
    review = Review(
        roles=table.texts("roles"),
        supervisor_role=table.text("supervisor_role"),
        reviewers=_by_word(table.table("reviewers"), Severity),
        approvals=_by_word(table.table("approvals"), Severity),
    )
    table.close()
    if review.supervisor_role not in review.roles:
        table.refuse("supervisor_role", "must be one of roles")
    if review.reviewers.keys() != set(Severity):
        table.refuse("reviewers", "must give every severity its number of reviewers")
    if review.approvals.keys() != set(Severity):
        table.refuse("approvals", "must give every severity its number of approvals")
    return review


def _integrity(table: Table) -> IntegrityRules:
    rules = IntegrityRules(**{field.name: table.integer(field.name, least=1) for field in fields(IntegrityRules)})
    table.close()
    return rules


def _bureau_export(table: Table) -> BureauExport:
    enabled = table.flag("enabled")
    if enabled and not table.has("licence_reference"):
        table.refuse("enabled", "needs licence_reference: individual credit reporting is licensed")
    licence = table.text("licence_reference") if enabled else ""
    export = BureauExport(enabled, licence, read_text(table, "text"))
    table.close()
    return export


def _texts(table: Table) -> Mapping[str, Text]:
    return MappingProxyType({name: read_text(table, name) for name in table.names()})


def _by_word(table: Table, vocabulary: type[Word]) -> dict[Word, int]:
    found = {word: table.integer(word, least=1) for word in vocabulary if table.has(word)}
    table.close()
    return found


def _offset(root: Table) -> int:
    minutes = root.integer("utc_offset_minutes", least=-_OFFSET_MOST)
    if minutes > _OFFSET_MOST:
        root.refuse("utc_offset_minutes", "must be within 14 hours of UTC")
    return minutes


def _disabled_reason(root: Table, *, enabled: bool) -> Text | None:
    return None if enabled else read_text(root, "disabled_reason")


def _taxonomy(root: Table, taxonomies: Mapping[int, Taxonomy]) -> Taxonomy:
    found = taxonomies.get(root.integer("taxonomy", least=1))
    return found or root.refuse("taxonomy", "names no taxonomy that is shipped")


def _score_model(root: Table, score_models: Mapping[str, str]) -> tuple[str, str]:
    name = root.text("score_model")
    return name, score_models.get(name) or root.refuse("score_model", "names no score model that is shipped")
