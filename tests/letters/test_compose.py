"""Letters: five parts for every decision in every language, nothing left open, nothing that a fact could break."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import product

import pytest

from registry.domain.appeal_case import Result
from registry.domain.ids import Action
from registry.letters import decision
from registry.letters.compose import VERSION, Letter, compose
from registry.letters.facts import Decider, Decision, Facts, Question, RecallNotice
from registry.translations import LANGUAGES, translate
from tests.letters.letter_facts import ABOUT, ALL, DECISION, OTHERS, WAYS
from tests.letters.letter_facts import decision as decided

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SCRIPT = '<script>alert("x")</script>'
FIVE = (
    "Which record",
    "Who examined it",
    "The result",
    "What the decision rests on",
    "What changes, who is told, and what you can do",
)
# The role that each letter must name, in both languages.
ROLES = {
    Decider.REVIEWER: ("reviewer", "审查员"),
    Decider.REVIEWERS: ("reviewer", "审查员"),
    Decider.PANEL: ("panel of three", "三人审查小组"),
    Decider.LATE_PANEL: ("panel of three", "三人审查小组"),
    Decider.OUTSIDE: ("court", "法院"),
    Decider.MEMBER: ("member that filed", "提交记录的成员"),
    Decider.SILENT_MEMBER: ("member that filed", "提交记录的成员"),
    Decider.NOBODY: ("reviewer", "审查员"),
}


class Reader(HTMLParser):
    """Reads a letter as a browser does: its elements, and its text by section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sections: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as the parser calls it
        self.tags.append(tag)
        if tag == "section":
            self.sections.append([])

    def handle_data(self, data: str) -> None:
        if self.sections and data.strip():
            self.sections[-1].append(data.strip())


def both(language: str, pair: tuple[str, str]) -> str:
    return pair[LANGUAGES.index(language)]


@pytest.mark.parametrize(("way", "language"), list(product(WAYS, LANGUAGES)))
def test_every_decision_letter_has_its_five_parts(way: tuple[Result, Decider], language: str) -> None:
    result, decider = way
    letter = compose(decided(result, decider), language)
    assert tuple(part.heading for part in letter.parts) == tuple(translate(heading, language) for heading in FIVE)
    which, who, outcome, grounds, ways = (part.paragraphs for part in letter.parts)
    assert str(ABOUT.report_id) in which[0]
    assert str(ABOUT.appeal_id) in "".join(which)
    assert both(language, ROLES[decider]) in "".join(who)
    assert outcome[0] == translate(decision.RESULT[result], language)
    assert set(DECISION.reasons) <= set(grounds)
    assert translate("No automated system was used for this decision.", language) in grounds
    assert ways[0] == translate(decision.CHANGED[result], language)
    assert set(DECISION.told) <= set(ways)
    assert both(language, (DECISION.further_ways.en, DECISION.further_ways.zh)) == ways[-1]


def test_every_result_and_every_decider_has_a_way() -> None:
    assert {result for result, _ in WAYS} == set(Result) == set(decision.RESULT) == set(decision.SUBJECT)
    assert {decider for _, decider in WAYS} == set(Decider) == set(decision.EXAMINED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_result_is_told_in_a_sentence_of_its_own(language: str) -> None:
    subjects = [compose(decided(result, Decider.REVIEWER), language).subject for result in Result]
    assert len(set(subjects)) == len(Result)


@pytest.mark.parametrize(("facts", "language"), list(product(ALL, LANGUAGES)))
def test_every_letter_is_whole_in_its_language(facts: Facts, language: str) -> None:
    letter = compose(facts, language)
    assert letter.language == language
    open_places = letter.text.replace("Example {Mall}", "")
    assert not {"{", "}"} & set(open_places)
    assert all(part.heading and part.paragraphs and all(part.paragraphs) for part in letter.parts)
    assert bool(CHINESE.search(letter.subject)) == (language == "zh")
    assert all(bool(CHINESE.search(part.heading)) == (language == "zh") for part in letter.parts)
    read = Reader(letter.html)
    assert read.tags.count("section") == len(letter.parts)
    assert [section[0] for section in read.sections] == [part.heading for part in letter.parts]
    assert f'<html lang="{language}">' in letter.html
    assert letter.subject in letter.text
    assert all(paragraph in letter.text for part in letter.parts for paragraph in part.paragraphs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_in_a_fact_stays_text(language: str) -> None:
    about = replace(ABOUT, member=SCRIPT, url=f'https://registry.example/me"{SCRIPT}')
    planted: list[Facts] = [
        replace(DECISION, about=about, reasons=(SCRIPT,), automation=(SCRIPT,), told=(SCRIPT,)),
        Question(about, SCRIPT, date(2026, 12, 15)),
    ]
    for facts in planted:
        read = Reader(compose(facts, language).html)
        assert "script" not in read.tags
        assert SCRIPT in "".join(text for section in read.sections for text in section)


def test_a_letter_fetches_nothing_and_runs_nothing() -> None:
    page = compose(replace(DECISION, about=replace(ABOUT, url="the portal")), "en").html
    assert not re.search(r"https?:|url\(|@import|src=|href=|\bon\w+=|<script", page)


def test_automation_is_named_where_it_was_used() -> None:
    grounds = compose(replace(DECISION, automation=("detector 2.1",)), "en").parts[3].paragraphs
    assert "detector 2.1" in grounds
    assert not any("No automated system" in one for one in grounds)


def test_a_decision_without_facts_says_so() -> None:
    letter = compose(replace(decided(Result.WITHDRAWN, Decider.SILENT_MEMBER), reasons=()), "en")
    assert letter.parts[3].paragraphs[0] == "No facts had to be weighed."


def test_who_imposed_what_must_lift_it() -> None:
    last = compose(DECISION, "en").parts[4].paragraphs
    assert "Beta Shop must now lift: Suspend refund privileges for 30 to 180 days, reviewable" in last
    assert "You can ask for second instance until June 18, 2027, at no cost, at https://registry.example/me." in last
    final = replace(DECISION, ask_until=None, told=(), to_lift=(), kept_until=date(2028, 10, 20))
    last = compose(final, "en").parts[4].paragraphs
    assert "Within the registry this is final." in last
    assert "No member had received the record, so nobody else has to be told." in last
    assert "The record is deleted on October 20, 2028 at the latest." in last


def test_dates_are_written_out_in_each_language() -> None:
    assert "Decided on December 18, 2026." in compose(DECISION, "en").text
    assert "2026年12月18日" in compose(DECISION, "zh").text


def test_a_recall_names_what_must_be_lifted() -> None:
    notice = next(facts for facts in OTHERS if isinstance(facts, RecallNotice) and facts.to_lift)
    duties = compose(notice, "en").parts[-1].paragraphs
    assert duties == (
        "To be lifted now: Close the account, through the closure gate only",
        "To be lifted now: Human review of each claim",
        "Nothing needs to be acknowledged.",
    )
    assert set(notice.to_lift) == {Action.CLOSE_ACCOUNT, Action.HUMAN_REVIEW}


def test_the_same_facts_make_the_same_letter_and_its_trace_says_which() -> None:
    one, other = compose(DECISION, "zh"), compose(DECISION, "zh")
    assert one == other
    assert one.content() == other.content()
    assert one.content()["version"] == VERSION
    changed = compose(replace(DECISION, told=()), "zh")
    assert changed.content()["letter"] != one.content()["letter"]


def test_a_trace_names_the_template_and_no_fact() -> None:
    content = compose(DECISION, "en").content()
    assert set(content) == {"language", "letter", "template", "version"}
    assert all(reason not in str(content) for reason in DECISION.reasons)


def test_facts_written_by_people_stay_out_of_traces() -> None:
    assert "carrier" not in repr(DECISION)
    assert "photos" not in repr(Question(ABOUT, "Which of the photos?", date(2026, 12, 15)))


def test_a_letter_is_of_one_language() -> None:
    letter: Letter = compose(DECISION, "zh")
    own = {ABOUT.member, *DECISION.told, *DECISION.reasons}
    sentences = [text for part in letter.parts for text in part.paragraphs if text not in own]
    assert all(CHINESE.search(text) for text in sentences)
    assert isinstance(DECISION, Decision)
