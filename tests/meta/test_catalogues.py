"""Every sentence for people has a Chinese text, with the same values in it, and the catalogue holds nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from registry.api.problem_codes import CODES, FALLBACK
from registry.console.audit import saying
from registry.console.audit import words as of_audits
from registry.console.cases import clocks, views
from registry.console.cases import words as of_cases
from registry.console.members import words as of_members
from registry.console.operators.rooms import NAMES as OF_OPERATORS
from registry.console.sections import sections_of
from registry.domain import lenses
from registry.domain.actions import ACTION_TEXT
from registry.domain.appeal_words import ANSWER_TEXT, EXHIBIT_TEXT, GROUND_TEXT, MESSAGE_TEXT, STATE_TEXT
from registry.domain.closures import CLOSURE_TEXT
from registry.domain.reasons import MITIGATING_TEXT, REASON_TEXT
from registry.domain.record_words import CONFIDENCE_TEXT, SEVERITY_TEXT
from registry.domain.refusals import REFUSALS
from registry.domain.staff import Role
from registry.letters import compose, decision, recall, referral, steps
from registry.portal import words as of_portal
from registry.relay import letters
from registry.relay.problems import MEANINGS
from registry.translations import LANGUAGES, LOCALES, catalogue
from tests.meta.raised import mentioned, paths

CHINESE = re.compile(r"[\u4e00-\u9fff]")
OF_A_LETTER = {"pen.say", "pen.part", "self.say", "self.part"}


def literals() -> Iterator[str]:
    """Find what is passed to `translate`, or to the pen of a letter, as it stands."""
    for path in paths():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = ast.unparse(node.func)
                if called.rpartition(".")[2] == "translate" or called in OF_A_LETTER:
                    yield str(node.args[0].value)


def tables() -> Iterator[str]:
    """Read the sentences that stand in tables."""
    for meaning in (*CODES.values(), FALLBACK):
        yield from (meaning.title, meaning.cure)
    yield from REFUSALS.values()
    yield from (*REASON_TEXT.values(), *MITIGATING_TEXT.values())
    for title, cure in MEANINGS.values():
        yield from (title, cure)
    yield from (meaning.text for meaning in lenses.MEANINGS.values())
    yield from (lenses.NO_STAFF_TOKENS, lenses.TOO_FEW_PEERS, lenses.TOO_RECENT)
    yield letters.SUBJECT
    for part in letters.PARTS:
        yield from part
    yield from (*GROUND_TEXT.values(), *ANSWER_TEXT.values(), *STATE_TEXT.values(), *CLOSURE_TEXT.values())
    for shared in (CONFIDENCE_TEXT, EXHIBIT_TEXT, MESSAGE_TEXT, SEVERITY_TEXT):
        yield from shared.values()
    yield from (said for table in of_cases.TABLES for said in table.values())
    yield from (*clocks.NAMES, *views.FILED)
    yield from (said for table in of_portal.TABLES for said in table.values())
    yield from (*of_portal.SENTENCES, of_portal.OTHER_LOOK)
    yield from (*of_audits.TEXTS, *saying.TEXTS)
    yield from (*of_members.sentences(), *OF_OPERATORS)
    yield compose.HEADER
    yield from (name for role in Role for _, name in sections_of(frozenset({role})))
    for texts in (
        decision.SUBJECT,
        decision.RESULT,
        decision.EXAMINED,
        decision.CHANGED,
        recall.CHANGED,
        ACTION_TEXT,
        referral.RECIPIENT,
    ):
        yield from texts.values()
    for waits, otherwise in steps.REMINDER.values():
        yield from (waits, otherwise)


def templates() -> Iterator[str]:
    """Find what pages say: `_("…")` in their templates."""
    for path in sorted((LOCALES.parent).glob("*/templates/*.html")):
        with path.open("rb") as file:
            # With values it comes as what was called with: the sentence, and nothing for each of them.
            for _, _, said, _ in babel_extract(file, ["_"], [], {}):
                yield said if isinstance(said, str) else str((said or ())[0])


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    return sorted({*literals(), *tables(), *templates()})


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_sentence_has_a_text(language: str, sentences: list[str]) -> None:
    texts = {sentence: catalogue(language).get(sentence, "") for sentence in sentences}
    assert [sentence for sentence, text in texts.items() if not CHINESE.search(text)] == []
    assert [sentence for sentence, text in texts.items() if fields(text) != fields(sentence)] == []


@pytest.mark.parametrize("path", sorted((LOCALES / "zh" / "LC_MESSAGES").glob("*.po")), ids=lambda path: path.name)
def test_every_text_is_used_somewhere(path: Path, sentences: list[str]) -> None:
    with path.open("rb") as file:
        known = {str(message.id) for message in read_po(file, locale="zh", abort_invalid=True) if message.id}
    # A sentence may also stand in a table that is looked up by a key.
    assert sorted(known - {*sentences, *mentioned()}) == []


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_sentence_says_the_same_wherever_it_stands() -> None:
    said: dict[str, set[str]] = {}
    for path in sorted((LOCALES / "zh" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            messages = [message for message in read_po(file, locale="zh", abort_invalid=True) if message.id]
        assert len(messages) == len({message.id for message in messages}), path.name
        for message in messages:
            said.setdefault(str(message.id), set()).add(str(message.string))
    assert not [sentence for sentence, texts in said.items() if len(texts) > 1]


def test_every_language_has_its_catalogue() -> None:
    found = {path.parts[-3] for path in LOCALES.glob("*/LC_MESSAGES/registry.po")}
    assert found == set(LANGUAGES) - {"en"}
