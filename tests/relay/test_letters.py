"""The letter says its five facts in both languages, in whole sentences."""

from datetime import date
from uuid import UUID

import pytest

from registry.domain.filings import Money
from registry.domain.letters import Letter
from registry.domain.taxonomies import Text
from registry.relay.letters import write
from registry.translations import LANGUAGES

FACTS = Letter(
    report_id=UUID("01937d5e-8c00-7a10-8000-0000000000a1"),
    member="Example {Mall}",
    category="FR-01",
    name=Text("AI-generated damage image or video", "AI 生成的损坏图片或视频"),
    claim=Text("The picture was made by a model.", "图片由模型生成。"),
    amount=Money(128_050, "CNY"),
    act_ended_on=date(2026, 10, 20),
    filed_on=date(2026, 11, 21),
    counts_from=date(2026, 11, 28),
    kept_until=date(2028, 10, 20),
)
URL = "https://registry.example/me"


def test_the_letter_in_english_states_all_five_facts() -> None:
    letter = write(FACTS, appeal_url=URL, language="en")
    assert [heading for heading, _ in letter.parts] == [
        "Which record",
        "Who filed it",
        "What is claimed",
        "What happens and when",
        "How to answer and appeal",
    ]
    record, member, claim, clock, ways = (text for _, text in letter.parts)
    assert str(FACTS.report_id) in record
    assert "Example {Mall}" in member
    assert [fact for fact in ("FR-01", "CN¥1,280.50", "October 20, 2026") if fact not in claim] == []
    assert FACTS.claim.en in claim
    assert "November 28, 2026" in clock
    assert "October 20, 2028" in clock
    assert URL in ways


def test_the_letter_in_chinese_states_all_five_facts() -> None:
    letter = write(FACTS, appeal_url=URL, language="zh")
    record, member, claim, clock, ways = (text for _, text in letter.parts)
    assert str(FACTS.report_id) in record
    assert "Example {Mall}" in member
    assert FACTS.claim.zh in claim
    assert "¥1,280.50" in claim
    assert "2026年10月20日" in claim
    assert "2026年11月28日" in clock
    assert URL in ways


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_place_is_left_open(language: str) -> None:
    text = write(FACTS, appeal_url=URL, language=language).text.replace("Example {Mall}", "")
    assert not {"{", "}"} & set(text)


def test_money_without_minor_units_is_not_divided() -> None:
    yen = Letter(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"amount": Money(1_280, "JPY")})
    assert "¥1,280\n" in write(yen, appeal_url=URL, language="en").text
