"""Entry bundles: the paths and bytes of C2SP tlog-tiles, for entries of 168 bytes, and nothing else accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_formats.bundles import ENTRY_BYTES, bundle_path, decode_bundle, encode_bundle, parse_bundle_path
from registry_formats.errors import FormatError

LEAVES = st.lists(st.binary(min_size=168, max_size=168), max_size=256)


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "tile/entries/000"),
        (0, 1, "tile/entries/000.p/1"),
        (273, 112, "tile/entries/273.p/112"),
        (1_234_067, 256, "tile/entries/x001/x234/067"),
    ],
)
def test_paths_are_those_of_the_standard(index: int, width: int, path: str) -> None:
    assert bundle_path(index, width) == path
    assert parse_bundle_path(path) == (index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/entries/0",
        "tile/entries/000.p/256",
        "tile/entries/000.p/0",
        "tile/entries/x000/001",
        "",
        "tile/entries/",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(FormatError, match="tile_path_malformed"):
        parse_bundle_path(path)


@given(LEAVES)
def test_leaves_stand_one_after_another_each_after_its_length(leaves: list[bytes]) -> None:
    data = encode_bundle(leaves)
    assert len(data) == ENTRY_BYTES * len(leaves)
    assert all(data[at : at + 2] == b"\x00\xa8" for at in range(0, len(data), ENTRY_BYTES))
    assert decode_bundle(data) == leaves


@given(LEAVES.filter(bool), st.data())
def test_another_length_or_a_torn_end_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    encoded = bytearray(encode_bundle(leaves))
    with pytest.raises(FormatError, match="bundle_length"):
        decode_bundle(bytes(encoded[: -data.draw(st.integers(1, ENTRY_BYTES - 1))]))
    at = data.draw(st.integers(0, len(leaves) - 1)) * ENTRY_BYTES + data.draw(st.integers(0, 1))
    encoded[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(FormatError, match="bundle_malformed"):
        decode_bundle(bytes(encoded))


@pytest.mark.parametrize("length", [0, 167, 169])
def test_what_is_no_leaf_is_not_written(length: int) -> None:
    with pytest.raises(FormatError, match="leaf_malformed"):
        encode_bundle([bytes(168), bytes(length)])
