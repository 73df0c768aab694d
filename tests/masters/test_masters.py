"""The master key, wherever it is: wraps alike, opens nothing that was changed, and says what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from registry import keys, masters
from registry.crypto.sealed import WRAPPED_BYTES, writer_key_context
from registry.errors import Misconfigured
from registry.keys import KeyName
from registry.masters import Master, Secret, WriterKeys
from registry_formats.errors import FormatError
from tests.softhsm import PIN, TOKEN, SoftHsm

KEY, NONCE, CONTEXT = bytes(range(32)), b"n" * 12, writer_key_context(7)
DIGITS = "ab" * 32


@pytest.fixture(params=["default", "file", "hex", "pkcs11"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Master]:
    """Find a master key of each kind."""
    if request.param == "default":
        keys.generate(tmp_path, [KeyName.KEY_ENCRYPTION])
        return lambda: masters.find(None, tmp_path)
    if request.param == "pkcs11":
        token: SoftHsm = request.getfixturevalue("softhsm")
        masters.make(token.uri())
        return lambda: masters.find(token.uri(), tmp_path)
    setting = f"file:{tmp_path}/elsewhere" if request.param == "file" else f"hex:{DIGITS}"
    masters.make(setting)
    return lambda: masters.find(setting, tmp_path)


def test_what_a_master_key_wraps_it_opens_after_the_process_has_started_again(where: Callable[[], Master]) -> None:
    wrapped = where().wrap(NONCE, KEY, CONTEXT)
    assert len(wrapped) == WRAPPED_BYTES
    assert KEY not in wrapped
    assert where().unwrap(wrapped, CONTEXT) == KEY
    assert where().name == where().name


def test_nothing_opens_that_was_changed_or_moved(where: Callable[[], Master]) -> None:
    master = where()
    wrapped = master.wrap(NONCE, KEY, CONTEXT)
    flipped = [wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :] for place in (0, 12, 43, 59)]
    for other in (*flipped, wrapped[:-1], wrapped + b"\0", b""):
        with pytest.raises(FormatError, match="sealed_mismatch"):
            master.unwrap(other, CONTEXT)
    with pytest.raises(FormatError, match="sealed_mismatch"):
        master.unwrap(wrapped, writer_key_context(8))


@pytest.mark.parametrize(("nonce", "key"), [(NONCE, KEY[:16]), (NONCE[:8], KEY)])
def test_only_whole_keys_are_wrapped_under_whole_nonces(where: Callable[[], Master], nonce: bytes, key: bytes) -> None:
    with pytest.raises(FormatError):
        where().wrap(nonce, key, CONTEXT)


def test_no_master_key_shows_itself(where: Callable[[], Master]) -> None:
    shown = repr(where()) + where().name
    assert DIGITS not in shown
    assert PIN not in shown


def test_a_token_computes_what_this_program_computes(softhsm: SoftHsm) -> None:
    """A known key put onto the token: what either side wraps, the other opens."""
    import pkcs11  # noqa: PLC0415 - an extra
    from pkcs11.constants import Attribute, ObjectClass  # noqa: PLC0415
    from pkcs11.mechanisms import KeyType  # noqa: PLC0415

    secret = bytes(reversed(range(32)))
    given = {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.LABEL: "known",
        Attribute.VALUE: secret,
        Attribute.TOKEN: True,
        Attribute.ENCRYPT: True,
        Attribute.DECRYPT: True,
    }
    with pkcs11.lib(softhsm.library).get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
        session.create_object(given)
    token, ours = masters.find(softhsm.uri("known"), Path()), Secret(secret)
    assert token.wrap(NONCE, KEY, CONTEXT) == ours.wrap(NONCE, KEY, CONTEXT)
    assert token.unwrap(ours.wrap(NONCE, KEY, CONTEXT), CONTEXT) == KEY


def test_a_key_made_on_a_token_never_leaves_it_and_is_made_once(softhsm: SoftHsm) -> None:
    import pkcs11  # noqa: PLC0415 - an extra
    from pkcs11.constants import Attribute, ObjectClass  # noqa: PLC0415
    from pkcs11.exceptions import AttributeSensitive  # noqa: PLC0415

    wrapped = masters.make(softhsm.uri("once")).wrap(NONCE, KEY, CONTEXT)
    assert masters.make(softhsm.uri("once")).unwrap(wrapped, CONTEXT) == KEY
    with pkcs11.lib(softhsm.library).get_token(token_label=TOKEN).open(user_pin=PIN) as session:
        (made,) = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: "once"})
        with pytest.raises(AttributeSensitive):
            _ = made[Attribute.VALUE]
        assert not made[Attribute.EXTRACTABLE]


@pytest.mark.parametrize(
    ("label", "changes", "code"),
    [
        ("nobody made it", {}, "hsm_unreachable"),
        ("kek", {"token": "another"}, "hsm_unreachable"),
        ("kek", {"library": "/nowhere.so"}, "hsm_unreachable"),
        ("kek", {"pin": "pin-value=000000"}, "hsm_unreachable"),
        ("kek", {"pin": "pin-source=file:/nowhere"}, "kek_invalid"),
        ("kek", {"pin": ""}, "kek_invalid"),
        ("kek", {"pin": "pin-value=1&surprise=2"}, "kek_invalid"),
    ],
)
def test_a_token_out_of_reach_is_named_and_its_pin_is_not(
    softhsm: SoftHsm, label: str, changes: dict[str, str], code: str
) -> None:
    masters.make(softhsm.uri())
    with pytest.raises(Misconfigured) as refused:
        masters.find(softhsm.uri(label, **changes), Path())
    assert refused.value.code == code
    assert "000000" not in str(refused.value)


@pytest.mark.parametrize("setting", ["", "kek", "hex:", f"hex:{DIGITS}00", "hex:zz", "vault:secret"])
def test_a_setting_that_names_no_key_is_refused_without_being_repeated(setting: str) -> None:
    with pytest.raises(Misconfigured, match="kek_invalid") as refused:
        masters.find(setting, Path())
    assert DIGITS not in str(refused.value)


def test_a_writers_key_is_unwrapped_once_and_only_when_it_is_needed() -> None:
    asked: list[int] = []

    class Counting(Secret):
        def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
            asked.append(int.from_bytes(context[-4:]))
            return super().unwrap(wrapped, context)

    master = Counting(b"m" * 32)
    kept = {number: master.wrap(NONCE, bytes([number]) * 32, writer_key_context(number)) for number in (1, 2, 3)}
    held = WriterKeys(master, kept)
    assert [held.of(number) for number in (2, 1, 2, 2)] == [bytes([number]) * 32 for number in (2, 1, 2, 2)]
    assert asked == [2, 1]
    with pytest.raises(FormatError, match="key_missing"):
        held.of(9)
