"""Packs are read strictly, hashed, and hold what the law says; a wrong one stops the start with its place."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from registry.domain import policy_reader, taxonomies
from registry.domain.filings import AgeBand
from registry.domain.ids import IdentifierKind, Severity
from registry.domain.policy import LegalKind, Policy
from registry.domain.taxonomies import CategoryKind
from registry.errors import Misconfigured
from registry.policies import PACKS, load, read

CN_TEXT = read("cn").decode()
TAXONOMY_TEXT = read("taxonomy_1").decode()
TAXONOMY = taxonomies.parse(TAXONOMY_TEXT.encode())
MODELS = {"FRS-1.0": "ab" * 32}


def parsed(text: str) -> Policy:
    return policy_reader.parse(text.encode(), taxonomies={1: TAXONOMY}, score_models=MODELS)


def cured(old: str, new: str) -> str:
    """Change one place of the Chinese pack."""
    assert old in CN_TEXT
    return CN_TEXT.replace(old, new, 1)


def complaint(text: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        parsed(text)
    assert caught.value.code == "policy_invalid"
    return caught.value.message


def test_every_shipped_pack_reads_and_only_europe_is_disabled() -> None:
    packs = load()
    assert tuple(packs) == PACKS
    assert [pack.pack for pack in packs.values() if not pack.enabled] == ["eu"]
    reason = packs["eu"].disabled_reason
    assert reason is not None
    assert "GDPR 10" in reason.en
    assert all(pack.disabled_reason is None for pack in packs.values() if pack.enabled)


def test_no_pack_exports_to_a_bureau() -> None:
    assert not any(pack.bureau_export.enabled for pack in load().values())


def test_the_digest_covers_the_pack_its_taxonomy_and_its_score_model() -> None:
    base = parsed(CN_TEXT)
    other_taxonomy = replace(TAXONOMY, digest="00" * 32)
    changed = [
        parsed(cured("decision_days = 20", "decision_days = 19")),
        policy_reader.parse(CN_TEXT.encode(), taxonomies={1: TAXONOMY}, score_models={"FRS-1.0": "cd" * 32}),
        policy_reader.parse(CN_TEXT.encode(), taxonomies={1: other_taxonomy}, score_models=MODELS),
    ]
    digests = {policy.digest for policy in (base, *changed)}
    assert len(digests) == 4
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)
    assert parsed(CN_TEXT + "\n# a comment\n").digest == base.digest
    assert base.document["effective_on"] == "2026-11-21"


def test_the_taxonomy_is_closed_and_each_category_that_can_be_filed_has_one_test() -> None:
    rules = TAXONOMY.categories
    assert [code for code, rule in rules.items() if rule.kind is CategoryKind.INCIDENT] == [
        f"FR-{number:02}" for number in range(1, 15)
    ]
    assert [code for code, rule in rules.items() if rule.kind is CategoryKind.AGGRAVATION] == ["FR-15"]
    for rule in rules.values():
        filed = rule.kind in {CategoryKind.INCIDENT, CategoryKind.AGGRAVATION}
        assert (rule.test is not None) is filed
        assert (rule.test_text is not None) is filed
    tests = [rule.test for rule in rules.values() if rule.test]
    assert len(set(tests)) == len(tests)


def test_texts_in_chinese_are_chinese() -> None:
    names = [rule.name for rule in TAXONOMY.categories.values()]
    tests = [rule.test_text for rule in TAXONOMY.categories.values() if rule.test_text]
    laws = [law.text for pack in load().values() for law in pack.laws]
    tiers = [tier.text for pack in load().values() for tier in pack.legal_tiers]
    uses = [text for pack in load().values() for text in (*pack.forbidden_uses.values(), *pack.texts.values())]
    for text in (*names, *tests, *laws, *tiers, *uses):
        assert re.search(r"[\u4e00-\u9fff]", text.zh)
        assert not re.search(r"[\u4e00-\u9fff]", text.en)


def test_the_law_of_the_day_of_the_act_applies() -> None:
    cn = load()["cn"]

    def articles(day: date) -> list[str]:
        return [tier.article for tier in cn.legal_tiers_of(day) if tier.kind is LegalKind.ADMINISTRATIVE]

    assert articles(date(2025, 12, 31)) == ["49"]
    assert articles(date(2026, 1, 1)) == ["58"]
    assert [tier.article for tier in cn.legal_tiers_of(date(2026, 1, 1))].count("266") == 3


def test_the_chinese_pack_carries_the_rules_it_must() -> None:
    cn = load()["cn"]
    cited = {(law.law, article) for law in cn.laws for article in law.article.split(", ")}
    bureau, privacy = "征信业管理条例", "个人信息保护法"
    assert {(bureau, article) for article in ("7", "15", "16", "17", "22", "25", "36", "44")} <= cited
    assert {(privacy, article) for article in ("23", "24", "55", "56", "73")} <= cited
    assert ("治安管理处罚法 (2025 revision)", "136") in cited
    assert {law.id for law in cn.laws} >= {"order-116", "ai-labels"}
    assert cn.thresholds["CNY"].small == 20_000
    assert (cn.thresholds["CNY"].serious, cn.thresholds["CNY"].large, cn.thresholds["CNY"].huge) == (
        300_000,
        3_000_000,
        50_000_000,
    )
    assert dict(cn.retention.months) == {Severity.S1: 6, Severity.S2: 24, Severity.S3: 36, Severity.S4: 60}
    assert cn.retention.halved_ages == (AgeBand.FROM_18_TO_20,)
    assert cn.retention.own_member_only == (Severity.S1,)
    assert cn.retention.identifier_months[IdentifierKind.PHONE] == 12
    assert (cn.clocks.decision_days, cn.clocks.member_answer_days, cn.clocks.impact_assessment_years) == (20, 10, 3)


def test_a_day_is_counted_in_the_civil_time_of_the_pack() -> None:
    late = datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert load()["cn"].today(late) == date(2026, 11, 22)
    assert load()["uk"].today(late) == date(2026, 11, 21)
    assert load()["us"].today(datetime(2026, 11, 21, 4, tzinfo=UTC)) == date(2026, 11, 20)


WRONG = [
    ("[thresholds]", "surplus = 1\n[thresholds]", "cn.surplus: unknown key"),
    ("decision_days = 20", "decision_days = 20\nlunch_days = 1", "cn.clocks.lunch_days: unknown key"),
    ("decision_days = 20\n", "", "cn.clocks.decision_days: is missing"),
    ("decision_days = 20", "decision_days = 0", "cn.clocks.decision_days: must be an integer of at least 1"),
    ("decision_days = 20", "decision_days = true", "cn.clocks.decision_days: must be an integer"),
    ('version = "2026-11-21"', "version = 1", "cn.version: must be a text"),
    ('version = "2026-11-21"', 'version = " "', "cn.version: must be a text"),
    ("effective_on = 2026-11-21", "effective_on = 2026-11-21T00:00:00Z", "cn.effective_on: must be a date"),
    ("enabled = true", 'enabled = "yes"', "cn.enabled: must be true or false"),
    ("enabled = true", "enabled = false", "cn.disabled_reason: is missing"),
    ("enabled = true", 'enabled = true\ndisabled_reason = { en = "a", zh = "b" }', "cn.disabled_reason: unknown key"),
    ("utc_offset_minutes = 480", "utc_offset_minutes = 841", "cn.utc_offset_minutes: must be within"),
    ("taxonomy = 1", "taxonomy = 2", "cn.taxonomy: names no taxonomy"),
    ('"FRS-1.0"', '"FRS-9"', "cn.score_model: names no score model"),
    ('consent_modes = ["separate_consent"]', 'consent_modes = ["hunch"]', "cn.consent_modes: must be among"),
    ('consent_modes = ["separate_consent"]', 'consent_modes = "x"', "cn.consent_modes: must be a list of texts"),
    (
        'consent_modes = ["separate_consent"]',
        'consent_modes = ["separate_consent", "separate_consent"]',
        "cn.consent_modes: must not repeat",
    ),
    ("CNY = {", "cny = {", "cn.thresholds.cny: must be an ISO 4217 code"),
    ("small = 20_000", "small = 400_000", "cn.thresholds.CNY: amounts must rise"),
    ('["FR-13", "FR-14"]', '["FR-15"]', "cn.severity.grave_categories: must name incident categories"),
    ('["FR-13", "FR-14"]', '["FR-99"]', "cn.severity.grave_categories: must name incident categories"),
    ('kind = "administrative"', 'kind = "moral"', "cn.legal_tiers[0].kind: must be one of"),
    (
        "acts_from = 2026-01-01",
        "acts_from = 2026-01-01\nacts_until = 2025-01-01",
        "cn.legal_tiers[0].acts_until: must not lie before",
    ),
    ("S2 = 24", "S2 = 5", "cn.retention.months: must give every severity"),
    ("S2 = 24, ", "", "cn.retention.months: must give every severity"),
    ("S2 = 24", "S2 = 25", "cn.retention.months: must be even"),
    ("phone = 12", "phone = 13", "cn.retention.identifier_months: phone must be at most 12"),
    ("phone = 12, ", "", "cn.retention.identifier_months: phone must be at most 12"),
    ('halved_ages = ["18_to_20"]', 'halved_ages = ["teens"]', "cn.retention.halved_ages: must be one of"),
    ('supervisor_role = "supervisor"', 'supervisor_role = "boss"', "cn.review.supervisor_role: must be one of roles"),
    ("S1 = 1, S2 = 1, ", "S1 = 1, ", "cn.review.reviewers: must give every severity"),
    ("enabled = false #", "enabled = true #", "cn.bureau_export.enabled: needs licence_reference"),
    ("[severity]", '[severity]\n"a b" = 1', "cn.severity.a b: unknown key"),
    ('zh = "用于定价或调整价格。"', 'fr = "x"', "cn.forbidden_uses.pricing.zh: is missing"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_a_wrong_pack_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    assert complaint(cured(old, new)).startswith(message)


def test_a_pack_without_thresholds_or_with_tables_of_another_shape_is_refused() -> None:
    start, end = CN_TEXT.index("[thresholds]"), CN_TEXT.index("[severity]")
    assert "at least one currency" in complaint(CN_TEXT[:start] + "[thresholds]\n" + CN_TEXT[end:])
    assert complaint(f"thresholds = 3\n{CN_TEXT[:start]}{CN_TEXT[end:]}") == "cn.thresholds: must be a table"
    tiers, laws = CN_TEXT.index("[[legal_tiers]]"), CN_TEXT.index("[[laws]]")
    assert (
        complaint(f"legal_tiers = 3\n{CN_TEXT[:tiers]}{CN_TEXT[laws:]}") == "cn.legal_tiers: must be an array of tables"
    )


@pytest.mark.parametrize("text", ["pack = ", "\ud800"])
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        policy_reader.parse(text.encode("utf-8", "surrogatepass"), taxonomies={}, score_models={})
    assert str(caught.value) == "policy_invalid: pack: not a TOML document in UTF-8"


def test_a_bureau_export_with_a_licence_reads() -> None:
    licensed = cured("enabled = false #", 'enabled = true\nlicence_reference = "a licence" #')
    assert parsed(licensed).bureau_export.licence_reference == "a licence"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[categories.FR-01]", "[categories.FR-99]", "taxonomy.categories: must define every category"),
        ('test = "FR-01.T1"\n', "", "taxonomy.categories.FR-01.test: is missing"),
        ('kind = "protective"', 'kind = "protective"\ntest = "x"', "taxonomy.categories.PV-01.test: unknown key"),
        ("version = 1", "version = 1\nauthor = 1", "taxonomy.author: unknown key"),
    ],
)
def test_a_wrong_taxonomy_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    changed = TAXONOMY_TEXT.replace("categories.FR-01", "categories.FR-99") if "FR-99" in new else TAXONOMY_TEXT
    with pytest.raises(Misconfigured) as caught:
        taxonomies.parse(changed.replace(old, new, 1).encode())
    assert caught.value.message.startswith(message)


def test_a_holiday_is_a_date_and_stands_once() -> None:
    assert complaint(cured("2027-01-01,", '"2027-01-01",')).startswith("cn.calendar.holidays: must be a list")
    assert complaint(cured("2027-01-01,", "2027-01-01, 2027-01-01,")) == "cn.calendar.holidays: must rise"


def test_every_severity_needs_its_approvals() -> None:
    text = cured("approvals = { S1 = 1, ", "approvals = { ")
    assert complaint(text) == "cn.review.approvals: must give every severity its number of approvals"


def test_a_day_ends_at_midnight_of_the_packs_own_time() -> None:
    cn, us = load()["cn"], load()["us"]
    assert cn.midnight_after(date(2026, 12, 1)) == datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert us.midnight_after(date(2026, 12, 1)) == datetime(2026, 12, 2, 5, tzinfo=UTC)
    assert cn.today(cn.midnight_after(date(2026, 12, 1))) == date(2026, 12, 2)
