"""A claim's reference is opened by its member and by nobody else, on both sides alike."""

import hashlib
import hmac

import pytest

from registry_client import claim_reference
from registry_formats import claims
from registry_formats.errors import FormatError

KEY, ID = b"k" * 32, "RMA-2026-000123"


def test_a_reference_is_the_hash_that_the_docs_give() -> None:
    k = hmac.new(KEY, ID.encode(), hashlib.sha256).digest()
    named = hashlib.sha256(b"CFR1-claim" + k + ID.encode()).digest()
    assert (claims.opening(KEY, ID), claims.reference(k, ID)) == (k, named)
    assert claim_reference(KEY, ID).value == named


def test_only_the_right_opening_and_id_open_it() -> None:
    k = claims.opening(KEY, ID)
    named = claims.reference(k, ID)
    assert claims.opens(named, k, ID)
    assert not claims.opens(named, k, "RMA-2026-000124")
    assert not claims.opens(named, claims.opening(b"l" * 32, ID), ID)


@pytest.mark.parametrize(("key", "claim_id", "code"), [(b"k" * 31, ID, "claim_key_short"), (KEY, "", "claim_id_empty")])
def test_a_short_key_or_no_id_is_refused(key: bytes, claim_id: str, code: str) -> None:
    with pytest.raises(FormatError, match=code):
        claims.opening(key, claim_id)
