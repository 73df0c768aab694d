"""The checklist of an officer names exactly the pillars that a filing does not meet."""

from dataclasses import replace
from typing import Any

import pytest

from registry.domain.filings import IdentityLink
from registry.domain.ids import Severity
from registry.domain.pillars import Pillar, checklist
from tests.filings import CN, NOW, artefact, filing, labelled

# One thing missing from each.
UNMET: dict[Pillar, tuple[dict[str, Any], str]] = {
    Pillar.GROUNDS: ({"facts": ()}, "grounds_missing"),
    Pillar.PROOF: ({"evidence": (labelled(), artefact("E3"))}, "evidence_only_from_claimant"),
    Pillar.DEFINITION: ({"definition_tests": ()}, "definition_test_missing"),
    Pillar.HARM: ({"outcome": None}, "harm_missing"),
    Pillar.IDENTITY: ({"identity": IdentityLink(real_name_account=True, payment_bound=False)}, "identity_link_weak"),
    Pillar.HEARING: ({"notice": None}, "notice_missing"),
    Pillar.REVIEW: ({"merchant_heard_on": None}, "merchant_not_heard"),
    Pillar.ALTERNATIVES: (
        {"exclusions": replace(filing().exclusions, batch_defect=False)},
        "alternative_not_excluded",
    ),
    Pillar.LEGAL_BASIS: ({"legal_basis": None}, "legal_basis_missing"),
    Pillar.IMPACT_ASSESSMENT: ({"impact_assessment": ""}, "impact_assessment_missing"),
}


def unmet(**changes: Any) -> dict[Pillar, tuple[str, ...]]:  # noqa: ANN401 - any field
    found = checklist(filing(**changes), policy=CN, severity=Severity.S2, at=NOW)
    assert [one.pillar for one in found] == list(Pillar)
    return {one.pillar: one.missing for one in found if one.missing}


def test_what_stands_meets_every_pillar() -> None:
    assert unmet() == {}


@pytest.mark.parametrize("pillar", Pillar)
def test_the_checklist_names_the_pillar_that_is_not_met(pillar: Pillar) -> None:
    changes, code = UNMET[pillar]
    assert unmet(**changes) == {pillar: (code,)}
