"""Sealing: what was sealed opens where it belongs and nowhere else; destroyed keys destroy details."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.crypto import sealed
from registry_formats.errors import FormatError
from registry_formats.leaf import Group

_KEY, _NONCE, _ENTRY = b"k" * 32, b"n" * 12, b"e" * 16
_CONTEXT = sealed.detail_context(_ENTRY, Group.ORG)


def test_the_published_gcm_vector_comes_out() -> None:
    # McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14: AES-256, one zero block
    cipher = sealed.seal(bytes(32), bytes(12), bytes(16), b"")
    assert cipher[12:].hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_sealed_opens(plaintext: bytes, context: bytes) -> None:
    closed = sealed.seal(_KEY, _NONCE, plaintext, context)
    assert sealed.unseal(_KEY, closed, context) == plaintext
    assert len(closed) == len(plaintext) + 28


@given(st.data())
def test_any_changed_bit_is_noticed(data: st.DataObject) -> None:
    closed = bytearray(sealed.seal(_KEY, _NONCE, b"a detail", _CONTEXT))
    closed[data.draw(st.integers(0, len(closed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(FormatError, match="sealed_mismatch"):
        sealed.unseal(_KEY, bytes(closed), _CONTEXT)


def test_a_detail_opens_under_no_other_key_entry_or_group() -> None:
    closed = sealed.seal(_KEY, _NONCE, b"a detail", _CONTEXT)
    elsewhere = [sealed.detail_context(_ENTRY, group) for group in Group if group is not Group.ORG]
    for context in (*elsewhere, sealed.detail_context(b"x" * 16, Group.ORG), sealed.key_context(_ENTRY), b""):
        with pytest.raises(FormatError, match="sealed_mismatch"):
            sealed.unseal(_KEY, closed, context)
    with pytest.raises(FormatError, match="sealed_mismatch"):
        sealed.unseal(b"x" * 32, closed, _CONTEXT)


@pytest.mark.parametrize("length", [0, 27])
def test_what_is_too_short_to_be_sealed_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match="sealed_mismatch"):
        sealed.unseal(_KEY, bytes(length), _CONTEXT)


def test_a_data_key_is_wrapped_into_60_bytes_and_unwrapped() -> None:
    context = sealed.key_context(_ENTRY)
    wrapped = sealed.wrap_key(_KEY, _NONCE, b"d" * 32, context)
    assert len(wrapped) == sealed.WRAPPED_BYTES == 60
    assert sealed.unwrap_key(_KEY, wrapped, context) == b"d" * 32
    with pytest.raises(FormatError, match="sealed_mismatch"):
        sealed.unwrap_key(_KEY, wrapped, sealed.key_context(b"x" * 16))


def test_a_sealed_detail_is_never_taken_for_a_wrapped_key() -> None:
    with pytest.raises(FormatError, match="sealed_mismatch"):
        sealed.unwrap_key(_KEY, sealed.seal(_KEY, _NONCE, b"short", _CONTEXT), _CONTEXT)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_keys_of_another_length_are_refused(length: int) -> None:
    key = bytes(length)
    closed = sealed.seal(_KEY, _NONCE, b"", b"")
    with pytest.raises(FormatError, match="key_malformed"):
        sealed.seal(key, _NONCE, b"", b"")
    with pytest.raises(FormatError, match="key_malformed"):
        sealed.unseal(key, closed, b"")
    with pytest.raises(FormatError, match="key_malformed"):
        sealed.wrap_key(_KEY, _NONCE, key, b"")
    with pytest.raises(FormatError, match="key_malformed"):
        sealed.blind_tag(key, b"t" * 32)


@pytest.mark.parametrize("length", [0, 8, 11, 13])
def test_a_nonce_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match="nonce_malformed"):
        sealed.seal(_KEY, bytes(length), b"", b"")


@pytest.mark.parametrize("length", [0, 15, 17, 36])
def test_an_entry_id_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match="entry_id_malformed"):
        sealed.detail_context(bytes(length), Group.ORG)
    with pytest.raises(FormatError, match="entry_id_malformed"):
        sealed.key_context(bytes(length))


def test_a_tag_is_the_hmac_of_the_token_under_its_own_label() -> None:
    message = b"registry/audit-tag/v1\x00" + b"t" * 32
    assert sealed.blind_tag(_KEY, b"t" * 32) == hmac.new(_KEY, message, hashlib.sha256).digest()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_tags_join_equal_tokens_and_nothing_else(one: bytes, other: bytes) -> None:
    assert (sealed.blind_tag(_KEY, one) == sealed.blind_tag(_KEY, other)) is (one == other)
    assert sealed.blind_tag(_KEY, one) != sealed.blind_tag(b"x" * 32, one)
