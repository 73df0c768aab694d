"""What auditors have done before anybody looks: a sample drawn, exports ordered."""

from collections.abc import Mapping

from registry.domain.ids import Purpose
from tests.browser.exported import exported
from tests.hearing import Hall
from tests.journeys.courthouse import catch_up

REASON = "年度例行检查。"
WHY = {"purpose": Purpose.AUDIT_SAMPLE.value, "reason": REASON}


async def audited(place: Hall, auditor: Mapping[str, str]) -> None:
    """Seal the log, draw a sample of it, and export it."""
    await catch_up(place)
    drawn = await place.town.api.client.post(
        "/v1/audit/samples", json={**WHY, "size": 3, "seed": "ab" * 32}, headers=dict(auditor)
    )
    assert drawn.status_code in {200, 201}, drawn.text
    await exported(place, auditor["Authorization"].removeprefix("Bearer "), WHY)
    await catch_up(place)
