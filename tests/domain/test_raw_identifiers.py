"""What looks like a person's identifier is noticed in many disguises; what the wire is made of never is."""

import base64
import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.raw_identifiers import looks_raw
from registry_formats import cfr1

RAW = [
    "13800138000",
    "+86 138 0013 8000",
    "+8613800138000",
    "8613800138000",
    "0086 138 0013 8000",
    "138-0013-8000",
    "138.0013.8000",
    "138/0013/8000",
    "138\n0013\n8000",
    "1 3 8 0 0 1 3 8 0 0 0",
    "138\u200b0013\u200b8000",
    "138\u00ad0013\u20608000",
    "138\u20110013\u20118000",
    "138·0013·8000",
    "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e300138000",
    "\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10",
    "\u0661\u0663\u0668\u0660\u0660\u0661\u0663\u0668\u0660\u0660\u0660",
    "一三八零零一三八零零零",
    "幺三八零零幺三八零零零",
    "电话13800138000谢谢",
    "tel13800138000",
    "order of 13800138000, urgent",
    "021-63290000",
    "(0755)-8329 0000",
    "07700 900123",
    "+44 7700 900123",
    "(415) 555-0132",
    "415-555-0132",
    "+1 4155550132",
    "phone: 4155550132",
    "078-05-1120",
    "a.b@example.com",
    "a@b.cn",
    "A.B+shop@Sub.Example.CO.UK",
    "a\uff20example\u3002com",
    "a\u200b@\u200bexample.com",
    "a @ example . com",
    "shop[at]example[dot]com",
    "名字@例子.公司",
    "11010519491231002X",
    "11010519491231002x",
    "110105194912310021",
    "110105 19491231 0021",
    "110105491231002",
    "830000199201300022",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111111111111111",
    "378282246310005",
    "6222021234567890128",
    "30569309025904",
    "GB29 NWBK 6016 1331 9268 19",
    "GB29NWBK60161331926819",
    "gb29nwbk60161331926819",
    "pay to DE89370400440532013000 today",
]
HARMLESS = [
    "",
    "none",
    "FR-01.T1",
    "RMA-2026-000123",
    "2026-11-21",
    "2026-11-21T19:36:16.123456Z",
    "2026-11-21T19:36:16+08:00",
    "2026-11-21 2026-11-22",
    "2026-11-21 19:36",
    "SF1234567890123",
    "192.168.10.20",
    "PIA-2026-04",
    "privacy-7.2",
    "1732217776000",
    "(2026)沪0105民初12345号",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "The parcel weighed 1250 g on 2026-11-01 and 230 g on arrival; seal 4471 was cut at 14:05.",
    "包裹在交寄时重量为一千二百克,到仓后称重二百三十克,封条已被剪断。",
    "4111111111111112",  # not a card: Luhn
    "GB29NWBK60161331926818",  # not an account: mod 97
    "110105194913310021",  # no such month
    "000000000000",
]


@pytest.mark.parametrize("text", RAW)
def test_an_identifier_is_noticed(text: str) -> None:
    assert looks_raw(text)


@pytest.mark.parametrize("text", RAW)
def test_an_identifier_is_noticed_inside_a_sentence(text: str) -> None:
    assert looks_raw(f"They wrote: {text} - and left.")


@pytest.mark.parametrize("text", HARMLESS)
def test_an_ordinary_text_passes(text: str) -> None:
    assert not looks_raw(text)


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", ".", "\u3000", "\u2014", " - ", "\u200d"]),
    st.sampled_from(["", "+86 ", "86", "0086-", "tel:", "手机号"]),
    st.sampled_from([0x30, 0xFF10, 0x0660, 0x0966, 0x1D7CE]),
)
def test_any_chinese_mobile_is_noticed_in_any_dress(number: str, gap: str, prefix: str, zero: int) -> None:
    digits = number.translate({0x30 + n: chr(zero + n) for n in range(10)})
    assert looks_raw(f"{prefix}{digits[:3]}{gap}{digits[3:7]}{gap}{digits[7:]}")


@given(st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}@[a-z0-9][a-z0-9-]{0,20}(\.[a-z]{2,8}){1,3}", fullmatch=True))
def test_any_email_address_is_noticed(address: str) -> None:
    assert looks_raw(address)
    assert looks_raw(f"write to <{address}>!")


@given(st.dates(datetime(1920, 1, 1).date(), datetime(2025, 1, 1).date()), st.integers(0, 9_999))  # noqa: DTZ001 - a date
def test_any_national_id_is_noticed(born: object, serial: int) -> None:
    assert looks_raw(f"440106{born:%Y%m%d}{serial:04}")


@given(st.integers(0, 2**64))
def test_tokens_hashes_and_ids_pass(seed: int) -> None:
    digest = hashlib.sha512(str(seed).encode()).digest()
    token = cfr1.Token(cfr1.Kind.PHONE, 1 + seed % 60_000, digest[:32]).text
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    hashed = base64.urlsafe_b64encode(digest[:32]).rstrip(b"=").decode()
    for text in (
        token,
        signature,
        hashed,
        digest[:32].hex(),
        digest.hex(),
        digest[:20].hex(),
        str(UUID(bytes=digest[:16])),
    ):
        assert not looks_raw(text)
        assert not looks_raw(f'{{"value": "{text}"}}')


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_dates_and_times_pass(moment: datetime) -> None:
    assert not looks_raw(moment.isoformat())
    assert not looks_raw(moment.isoformat().replace("+00:00", "Z"))
    assert not looks_raw(moment.date().isoformat())


@given(st.from_regex(r"[A-Z]{2,4}-20[0-9]{2}-[0-9]{6}", fullmatch=True))
def test_ordinary_references_pass(reference: str) -> None:
    assert not looks_raw(reference)


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert looks_raw(text) in {True, False}
