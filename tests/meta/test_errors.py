"""Every code that is raised has a meaning, a status, a place in docs/errors.md and a text in each language."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

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
IN_REQUESTS = sorted({code for family, codes in raised(*API).items() if family != "Misconfigured" for code in codes})
# Suspended members cannot sign in (403); suspending one twice is a conflict (409), which only the operator sees.
TWO_MEANINGS = {"member_suspended"}
AT_START = sorted(raised()["Misconfigured"])


def rows(heading: str) -> dict[str, str]:
    """Return the first column of the table under a heading, with the rest of its row."""
    section = DOCS.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.*) \|$", section, re.MULTILINE))


def test_every_family_has_a_status() -> None:
    assert set(STATUS) == set(FAMILIES.values()) - {RegistryError}


@pytest.mark.parametrize("code", IN_REQUESTS)
def test_every_code_has_a_meaning(code: str) -> None:
    assert code in CODES, f"add {code} to registry/api/problem_codes.py and docs/errors.md"


def test_no_code_is_answered_with_two_statuses() -> None:
    statuses: dict[str, set[int]] = defaultdict(set)
    for family in raised(*API).keys() - {"Misconfigured"}:
        for code in raised(*API)[family] - TWO_MEANINGS:
            statuses[code].add(status_of(FAMILIES[family](code)))
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_no_meaning_is_left_over() -> None:
    formats = {text for path in FORMATS.glob("*.py") for text in texts(ast.parse(path.read_text()))}
    assert set(CODES) - mentioned(*API) - BY_FRAMEWORK - BY_OPERATOR - formats == set()


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_documented_as_it_is_answered(code: str) -> None:
    row = f"| `{code}` | {CODES[code].title} {CODES[code].cure} |"
    assert rows("Problems").get(code) == f"{CODES[code].title} {CODES[code].cure}", f"docs/errors.md needs: {row}"


def test_nothing_else_is_documented() -> None:
    assert set(rows("Problems")) == set(CODES)
    assert set(rows("Relay")) == set(MEANINGS) - set(CODES)
    assert set(rows("At start")) == set(AT_START)
    assert set(rows("Places of a malformed request")) == FIELD_CODES
    assert set(rows("Why a report is refused")) == set(REFUSALS)


@pytest.mark.parametrize("code", sorted(set(MEANINGS) - set(CODES)))
def test_every_code_of_the_relay_is_documented_as_it_is_answered(code: str) -> None:
    assert rows("Relay").get(code) == " ".join(MEANINGS[code])


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_of_a_report_is_documented(code: str) -> None:
    assert rows("Why a report is refused").get(code) == REFUSALS[code]


def test_statuses_that_http_prescribes_belong_to_known_codes() -> None:
    assert set(STATUS_OF_CODE) <= set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_meaning_is_two_sentences(code: str) -> None:
    meaning = CODES[code]
    assert meaning.title.endswith(".")
    assert meaning.cure.endswith(".")
    assert meaning.title[0].isupper()
    assert meaning.cure[0].isupper()
