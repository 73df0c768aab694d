"""Which channel reaches whom is the operator's to say; nothing unsafe or half-said starts when live."""

from pathlib import Path
from typing import Any

import pytest

from registry.cli import channels
from registry.errors import Misconfigured
from registry.relay import identity
from registry.relay.contacts import ContactKind
from registry.settings import Mode, Settings

MAIL: dict[str, Any] = {"relay_mail_url": "smtp://mail.example:587", "relay_mail_from": "registry@registry.example"}
SMS: dict[str, Any] = {
    "relay_sms_url": "https://sms.example/send",
    "relay_sms_headers": '{"Authorization": "Key made-up"}',
    "relay_sms_body": '{"to": "{to}", "text": "{text}"}',
}


def settings(place: Path, mode: Mode = Mode.LIVE, **given: Any) -> Settings:  # noqa: ANN401 - as settings are
    if not (place / "relay").exists():
        identity.create(place / "relay", b"r" * 32)
    return Settings(mode=mode, data_dir=place, **given)


def named(of: Settings) -> dict[ContactKind, str]:
    return {kind: adapter.channel for kind, adapter in channels.build(of).items()}


def test_a_live_relay_reaches_whom_it_has_a_channel_for_and_writes_no_files(tmp_path: Path) -> None:
    assert named(settings(tmp_path)) == {}
    assert named(settings(tmp_path, **MAIL)) == {ContactKind.EMAIL: "email"}
    assert named(settings(tmp_path, **MAIL, **SMS)) == {ContactKind.EMAIL: "email", ContactKind.PHONE: "sms"}
    assert not (tmp_path / "relay" / "letters").exists()


def test_a_sandbox_writes_files_for_whom_it_has_no_channel(tmp_path: Path) -> None:
    with_sms = settings(tmp_path, Mode.SANDBOX, **SMS)
    assert named(with_sms) == {ContactKind.PHONE: "sms", ContactKind.EMAIL: "file"}
    (warning,) = channels.warnings(channels.build(with_sms), live=False)
    assert warning.endswith("email.")


def test_a_live_relay_says_whom_it_cannot_reach(tmp_path: Path) -> None:
    (warning,) = channels.warnings(channels.build(settings(tmp_path, **MAIL)), live=True)
    assert warning.endswith("phone.")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**MAIL, "relay_mail_url": "smtp+plain://mail.example:25"}, "channel_unsafe"),
        ({**SMS, "relay_sms_url": "http://sms.example/send"}, "channel_unsafe"),
        ({"relay_mail_url": MAIL["relay_mail_url"]}, "channel_incomplete"),
        ({**MAIL, "relay_mail_from": "nobody"}, "channel_incomplete"),
        ({**MAIL, "relay_mail_url": "smtp://mail.example"}, "channel_incomplete"),
        ({**MAIL, "relay_mail_url": "imap://mail.example:1"}, "channel_incomplete"),
        ({**MAIL, "relay_mail_url": "smtp://mail.example:many"}, "channel_incomplete"),
        ({**SMS, "relay_sms_headers": "[]"}, "channel_incomplete"),
        ({**SMS, "relay_sms_headers": '{"n": 1}'}, "channel_incomplete"),
        ({**SMS, "relay_sms_body": None}, "channel_incomplete"),
        ({**SMS, "relay_sms_body": '{"to": "{to}"}'}, "channel_incomplete"),
        ({**SMS, "relay_sms_body": "{to} {text}"}, "channel_incomplete"),
    ],
    ids=range(12),
)
def test_what_is_unsafe_or_half_said_does_not_start(tmp_path: Path, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        channels.build(settings(tmp_path, **given))
    assert caught.value.code == code
    assert "made-up" not in str(caught.value)


def test_on_one_machine_a_sandbox_may_do_without_tls(tmp_path: Path) -> None:
    plain = {**MAIL, **SMS, "relay_mail_url": "smtp+plain://127.0.0.1:25", "relay_sms_url": "http://127.0.0.1:80/"}
    assert named(settings(tmp_path, Mode.SANDBOX, **plain)) == {ContactKind.PHONE: "sms", ContactKind.EMAIL: "email"}
