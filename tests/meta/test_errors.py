"""Every code that is raised has a meaning, a status, a place in docs/errors.md and a text in each language."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from registry.api.pointers import FIELD_CODES
from registry.api.problem_codes import CODES
from registry.api.problems import STATUS, STATUS_OF_CODE, status_of
from registry.domain.refusals import REFUSALS
from registry.errors import RegistryError
from registry.relay.problems import MEANINGS
from tests.meta.raised import API, FAMILIES, mentioned, raised, texts

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "errors.md"
FORMATS = ROOT / "clients" / "python" / "src" / "registry_formats"
# What the framework, not we, refuses; `_FRAMEWORK` of api/problems.py gives it these codes.
BY_FRAMEWORK = {"body_unreadable", "media_type_unsupported", "method_not_allowed", "route_not_found", "body_too_large"}
# What a key operator refuses, passed on as it is (tokens.md section 2).
BY_OPERATOR = {
    *("batch_size", "element_duplicate", "element_invalid", "key_unknown", "member_unknown", "nonce_replayed"),
    *("quota_exceeded", "request_malformed", "signature_invalid", "timestamp_stale"),
}
# Suspended members cannot sign in (403); suspending one twice is a conflict (409), which only the operator sees.
TWO_MEANINGS = {"member_suspended"}


@cache
def rows(heading: str) -> dict[str, str]:
    """Return the first column of the table under a heading, with the rest of its row."""
    section = DOCS.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.*) \|$", section, re.MULTILINE))


def test_every_family_has_a_status() -> None:
    assert set(STATUS) == set(FAMILIES.values()) - {RegistryError}


def test_every_code_has_a_meaning() -> None:
    codes = {code for family, found in raised(*API).items() if family != "Misconfigured" for code in found}
    assert codes - CODES.keys() == set(), "add them to registry/api/problem_codes.py and docs/errors.md"


def test_no_code_is_answered_with_two_statuses() -> None:
    statuses: dict[str, set[int]] = defaultdict(set)
    for family in raised(*API).keys() - {"Misconfigured"}:
        for code in raised(*API)[family] - TWO_MEANINGS:
            statuses[code].add(status_of(FAMILIES[family](code)))
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_no_meaning_is_left_over() -> None:
    formats = {text for path in FORMATS.glob("*.py") for text in texts(ast.parse(path.read_text()))}
    assert set(CODES) - mentioned(*API) - BY_FRAMEWORK - BY_OPERATOR - formats == set()


def test_every_code_is_documented_as_it_is_answered_and_nothing_else() -> None:
    answered = {code: f"{meaning.title} {meaning.cure}" for code, meaning in CODES.items()}
    needed = [f"| `{code}` | {text} |" for code, text in answered.items() if rows("Problems").get(code) != text]
    assert needed == [], "docs/errors.md needs these rows"
    assert set(rows("Problems")) == set(CODES)


def test_what_is_wrong_at_start_and_in_a_request_is_documented() -> None:
    assert set(rows("At start")) == raised()["Misconfigured"]
    assert set(rows("Places of a malformed request")) == FIELD_CODES


def test_every_code_of_the_relay_is_documented_as_it_is_answered() -> None:
    assert rows("Relay") == {code: " ".join(said) for code, said in MEANINGS.items() if code not in CODES}


def test_every_refusal_of_a_report_is_documented() -> None:
    assert rows("Why a report is refused") == REFUSALS


def test_statuses_that_http_prescribes_belong_to_known_codes() -> None:
    assert set(STATUS_OF_CODE) <= set(CODES)


def test_a_meaning_is_two_sentences() -> None:
    said = [(code, sentence) for code, meaning in CODES.items() for sentence in (meaning.title, meaning.cure)]
    assert [one for one in said if not one[1].endswith(".") or not one[1][0].isupper()] == []
