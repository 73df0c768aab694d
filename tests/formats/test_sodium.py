"""The binding: the system's libsodium and the wheel's copy agree, and no operand of another size reaches C."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_formats import sodium
from registry_formats.errors import FormatError

ONE = b"\x01" + bytes(31)
# RFC 9496, appendix A.1: the first multiples of the generator.
MULTIPLES = [
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
]


def scalar(value: int) -> bytes:
    return value.to_bytes(32, "little")


def test_the_first_multiples_of_the_generator_are_those_of_rfc_9496() -> None:
    assert [sodium.multiply_base(scalar(n)).hex() for n in (1, 2, 3)] == MULTIPLES
    generator = bytes.fromhex(MULTIPLES[0])
    assert sodium.add(generator, generator).hex() == MULTIPLES[1]
    assert sodium.multiply(scalar(3), generator).hex() == MULTIPLES[2]


def test_scalars_are_a_field() -> None:
    assert sodium.scalar_multiply(scalar(7), sodium.invert(scalar(7))) == ONE
    assert sodium.scalar_subtract(scalar(9), scalar(4)) == scalar(5)
    assert sodium.reduce(scalar(5) + bytes(32)) == scalar(5)


def test_without_a_system_library_the_copy_of_the_wheel_is_used_and_leaves_no_file() -> None:
    before = set(Path(tempfile.gettempdir()).glob("tmp*.so"))
    library = sodium.load(names=("no-such-library.so",))
    again = sodium.load(names=())
    assert sodium.version(library) >= (1, 0, 18)
    assert sodium.version(again) == sodium.version(library)
    assert set(Path(tempfile.gettempdir()).glob("tmp*.so")) <= before


def test_a_library_that_is_not_libsodium_is_passed_over() -> None:
    assert sodium.version(object()) == (0,)
    assert sodium.version(sodium.load(names=("libc.so.6",))) >= (1, 0, 18)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: sodium.multiply(scalar(1), b"short"), id="element"),
        pytest.param(lambda: sodium.multiply(b"short", scalar(1)), id="scalar"),
        pytest.param(lambda: sodium.multiply_base(b""), id="base"),
        pytest.param(lambda: sodium.add(scalar(1), bytes(33)), id="add"),
        pytest.param(lambda: sodium.from_uniform(bytes(63)), id="uniform"),
        pytest.param(lambda: sodium.reduce(bytes(32)), id="reduce"),
        pytest.param(lambda: sodium.invert(bytes(31)), id="invert"),
        pytest.param(lambda: sodium.scalar_multiply(ONE, b""), id="product"),
        pytest.param(lambda: sodium.scalar_subtract(b"", ONE), id="difference"),
    ],
)
def test_an_operand_of_another_size_never_reaches_c(call: Callable[[], bytes]) -> None:
    with pytest.raises(FormatError) as refused:
        call()
    assert refused.value.code == "length_invalid"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(
            lambda: sodium.multiply(bytes(32), bytes.fromhex(MULTIPLES[0])), "element_invalid", id="identity product"
        ),
        pytest.param(lambda: sodium.multiply_base(bytes(32)), "element_invalid", id="identity"),
        pytest.param(lambda: sodium.add(b"\xff" * 32, bytes(32)), "element_invalid", id="bad encoding"),
        pytest.param(lambda: sodium.invert(bytes(32)), "scalar_invalid", id="one over zero"),
    ],
)
def test_what_the_group_cannot_answer_is_refused(call: Callable[[], bytes], code: str) -> None:
    with pytest.raises(FormatError) as refused:
        call()
    assert refused.value.code == code
