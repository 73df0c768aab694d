"""Normalisation profile 1: one person's identifier, however typed, has one spelling before it is blinded.

A rule that cannot be sure refuses with `input_invalid`; a guess would be somebody else's token. The profile's number is
inside the token's input, so a changed rule is a new profile. A normalised value normalises to itself.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import idna
import phonenumbers

from registry_formats.cfr1 import Kind
from registry_formats.errors import FormatError

_T = TypeVar("_T")

_RAW_MAX = 512
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u061c\u180e\ufeff")) | dict.fromkeys(
    (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A))
)
_REFUSED = {"Cn", "Co", "Cs", "Cc", "Cf"}
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0x30FB, 0x00B7], "-")

_EXTENSION = r"(?:;?ext[.=]?|x|#|转|轉|分机|分機) ?[0-9]{1,8}"
_CHINESE_MOBILE = re.compile("1[3-9][0-9]{9}")
_PHONE = re.compile(rf"(?:tel:)?(?P<number>\(?\+?[0-9 ()./-]+?) ?(?:{_EXTENSION})?", re.IGNORECASE)
_CHINA, _MEXICO, _ARGENTINA = 86, 52, 54
_LONG_NATIONAL = 11  # digits of a Mexican or Argentine number that still carries its mobile prefix

_LOCAL = re.compile(r"[^\x00-\x20\x7f\"(),:;<>@\[\\\]\s]+")
_TAGGED = {"gmail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "proton.me", "fastmail.com"}
_SAME_MAILBOX = {"googlemail.com": "gmail.com", "pm.me": "proton.me", "me.com": "icloud.com", "mac.com": "icloud.com"}
_LOCAL_MAX = 64

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_CHINESE = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"\u3007": 0, "两": 2, "兩": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
# Numerals of a name (三里屯, 五一路) are no house numbers: only those before one of these words count.
_CHINESE_NUMBER = re.compile(
    r"[零\u3007一二两兩三四五六七八九十百千]+(?=[号號弄栋棟幢座层層楼樓室户戶房组組]|单元|單元)"
)
_NUMBERS = range(2, 13)
_DIGITS_MAX = 6

_DEVICES = {
    "idfa": re.compile(r"[0-9a-f]{32}"),
    "gaid": re.compile(r"[0-9a-f]{32}"),
    "oaid": re.compile(r"[0-9a-f]{16,64}"),
    "imei": re.compile(r"[0-9]{15}"),
}
_WALLETS = {"alipay": re.compile(r"2088[0-9]{12}|[A-Za-z0-9_-]{28,128}"), "wechat": re.compile(r"[A-Za-z0-9_-]{28,64}")}
_EVENT = re.compile(r"[A-Z0-9][A-Z0-9._-]*:[A-Z0-9][A-Z0-9._/-]*")


def value(kind: Kind, raw: str, *qualifiers: str | None) -> str:
    """Return the one spelling of an identifier.

    Args:
        kind: what it is.
        raw: what the person typed, at most 512 characters; of an address, its country ("CN").
        qualifiers: phone: the region (ISO 3166 alpha-2) of a number without "+"; national_id: country and document;
            payment: `pan`, `iban`, `alipay` or `wechat`; address: area code and what the person typed; device:
            `idfa`, `gaid`, `oaid` or `imei`; event: carrier or platform. All but the region may instead stand in
            `raw`, with colons, as they do in the normalised value: "pan:4111 1111 …", "CN:110105:建国路88号…".

    Raises:
        FormatError: `input_invalid`.
    """
    try:
        found = _RULES[kind]([_clean(part) for part in (raw, *qualifiers) if part is not None])
    except (ValueError, phonenumbers.NumberParseException):
        found = None
    # Raised out here: a chained exception would carry the person's identifier into every traceback.
    return _refuse_unless(found)


def _clean(text: str) -> str:
    """Apply what holds for every kind: refuse what has no meaning, drop what cannot be seen, fold widths and digits."""
    if len(text) > _RAW_MAX:
        raise FormatError("input_invalid")
    visible = re.sub(r"[\t\r\n]", " ", text).translate(_INVISIBLE)
    if any(unicodedata.category(char) in _REFUSED for char in visible):
        raise FormatError("input_invalid")
    folded = unicodedata.normalize("NFKC", visible)
    return "".join(str(unicodedata.decimal(char, char)) for char in folded).strip()


def _phone(parts: list[str]) -> str:
    number, region = parts if len(parts) > 1 else (parts[0], None)
    match = _refuse_unless(_PHONE.fullmatch(number.translate(_DASHES)))
    dialled, region = match["number"], region.upper() if region else None
    if region == "CN" and _CHINESE_MOBILE.fullmatch(digits := re.sub("[^+0-9]", "", dialled)):
        # Of 179 39 00 …, the library would make a call to another country by way of a carrier.
        dialled = f"+{_CHINA}{digits}"
    parsed = phonenumbers.parse(dialled, region)
    # Never is_valid_number: it moves with the metadata of each release, and the token would move with it.
    digits = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
    country, national = str(parsed.country_code), digits.removeprefix(str(parsed.country_code))
    if parsed.country_code == _CHINA:
        _refuse_unless(re.fullmatch(r"[1-9][0-9]{9,10}", national))  # shorter ones lack their area code
    for code, mobile in ((_MEXICO, "1"), (_ARGENTINA, "9")):
        if parsed.country_code == code and len(national) == _LONG_NATIONAL:
            national = national.removeprefix(mobile)
    return "+" + _refuse_unless(re.fullmatch(r"[0-9]{8,15}", country + national))[0]


def _email(parts: list[str]) -> str:
    [text] = parts
    local, at, domain = unicodedata.normalize("NFKC", text.casefold()).partition("@")
    _refuse_unless(at)
    domain = idna.encode(domain).decode("ascii")
    domain = _SAME_MAILBOX.get(domain, domain)
    _refuse_unless(re.fullmatch(r"(?:[^.]+\.)+(?=[^.]*[a-z])[^.]+", domain))
    if domain in _TAGGED:
        local = local.partition("+")[0]
    if domain == "gmail.com":
        local = local.replace(".", "")
    _refuse_unless(_LOCAL.fullmatch(local) and len(local.encode()) <= _LOCAL_MAX)
    return f"{local}@{domain}"


def _national_id(parts: list[str]) -> str:
    number = _after_prefix(parts, "CN", "ID")
    number = re.sub(r"[ -]", "", number).upper()
    if re.fullmatch(r"[0-9]{15}", number):
        number = number[:6] + "19" + number[6:]
        number += _id_check(number)
    _refuse_unless(re.fullmatch(r"[0-9]{17}[0-9X]", number) and number[17] == _id_check(number))
    date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    # No check of the place: permits of Hong Kong, Macao and Taiwan residents begin 81, 82, 83.
    return f"CN:ID:{number}"


def _id_check(number: str) -> str:
    """Return the check digit of GB 11643 (ISO 7064 MOD 11-2) for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11]


def _payment(parts: list[str]) -> str:
    scheme, text = _scheme(parts)
    if scheme in _WALLETS:  # the provider's stable id; account names are phones and e-mails, and change
        return f"{scheme}:{_refuse_unless(_WALLETS[scheme].fullmatch(text))[0]}"
    text = re.sub(r"[ -]", "", text).upper()
    if scheme == "pan":
        _refuse_unless(re.fullmatch(r"[0-9]{12,19}", text) and int(text) and _luhn(text))
    else:
        _refuse_unless(scheme == "iban" and re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", text))
        _refuse_unless(int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1)
    return f"{scheme}:{text}"


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(doubled)) % 10 == 0


def _address(parts: list[str]) -> str:
    country, area, text = parts[0].split(":", 2) if len(parts) == 1 else parts
    _refuse_unless(country.upper() == "CN" and re.fullmatch(r"[1-9][0-9]{5}", area))
    digits = _CHINESE_NUMBER.sub(lambda match: f" {_chinese(match[0])} ", text)
    numbers = re.findall(r"[0-9]+", digits)
    _refuse_unless(len(numbers) in _NUMBERS)
    _refuse_unless(all(len(number) <= _DIGITS_MAX for number in numbers))  # longer ones are phones
    return f"CN:{area}:{'-'.join(str(int(number)) for number in numbers)}"


def _chinese(numeral: str) -> int:
    """Read 八十八 by its places and 一五〇一 digit by digit."""
    if not _PLACES.keys() & set(numeral):
        return int("".join(str(_CHINESE[char]) for char in numeral))
    total = digit = 0
    for char in numeral:
        if char in _PLACES:
            total, digit = total + (digit or 1) * _PLACES[char], 0
        else:
            digit = _CHINESE[char]
    return total + digit


def _device(parts: list[str]) -> str:
    scheme, text = _scheme(parts)
    text = text.replace("-", "").lower()
    _refuse_unless(scheme in _DEVICES and _DEVICES[scheme].fullmatch(text) and text.strip("0"))
    _refuse_unless(scheme != "imei" or _luhn(text))
    return f"{scheme}:{text}"


def _event(parts: list[str]) -> str:
    source, text = _scheme(parts)
    return _refuse_unless(_EVENT.fullmatch(re.sub(r" ", "", f"{source}:{text}").upper()))[0]


def _scheme(parts: list[str]) -> tuple[str, str]:
    """Take "pan:4111" or ("4111", "pan")."""
    text, scheme = parts if len(parts) > 1 else parts[0].split(":", 1)[::-1]
    return scheme.strip().lower(), text.strip()


def _after_prefix(parts: list[str], *prefix: str) -> str:
    """Take "CN:ID:110…", ("110…", "CN", "ID") or, because this profile knows no other, the number alone."""
    text = parts[0]
    given = parts[1:]
    if not given and ":" in text:
        *given, text = text.split(":")
    _refuse_unless(not given or [part.strip().upper() for part in given] == list(prefix))
    return text


def _refuse_unless(found: _T | None) -> _T:
    if not found:
        raise FormatError("input_invalid")
    return found


_RULES: dict[Kind, Callable[[list[str]], str]] = {
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
    Kind.NATIONAL_ID: _national_id,
    Kind.PAYMENT: _payment,
    Kind.ADDRESS: _address,
    Kind.DEVICE: _device,
    Kind.EVENT: _event,
}
