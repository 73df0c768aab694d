"""What tests of auditors share."""

from collections.abc import AsyncIterator

import pytest

from tests.auditing import Bureau, bureau
from tests.databases import ScratchDatabase


@pytest.fixture
async def office(database: ScratchDatabase) -> AsyncIterator[Bureau]:
    """An auditor, and an empty log."""
    async with bureau(database) as opened:
        yield opened
