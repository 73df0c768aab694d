"""Notice a person's identifier where only tokens and references belong, before it is stored or logged.

This is a net for accidents, not a proof of absence. It errs towards refusing: a reference that happens to look like a
mobile number is refused, and the member chooses another. It lets pass what has no shape of its own: a bare run of 10
digits, a name, a street. UUIDs, CFR1 tokens, hashes in hex or base64url, dates and times (RFC 3339) are recognised and
let through.
"""

import re
import unicodedata

_GAP = r"[\s\-._/()]{0,3}"
# Most strings of the API contain neither an @ nor eight digits in a row; they leave after this one search.
_SUSPECT = re.compile(rf"@|[\[(] ?at ?[\])]|(?:\d{_GAP}){{8}}", re.IGNORECASE)
_WORD_START, _WORD_END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_HEX_LENGTHS = (128, 96, 64, 40, 32, 16)
_TIME = r"[T ][0-2]\d:[0-5]\d(?::[0-6]\d(?:\.\d{1,9})?)?(?:Z|[+-][01]\d:?[0-5]\d)?"
_HARMLESS = re.compile(
    "|".join(
        (
            rf"{_WORD_START}[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}{_WORD_END}",
            r"(?<![\w-])cfr1_[\w-]{48}(?![\w-])",
            *(rf"{_WORD_START}(?=[0-9]*[a-f])[0-9a-f]{{{length}}}{_WORD_END}" for length in _HEX_LENGTHS),
            # SHA-256 and Ed25519 in base64url; the look-ahead wants ten letters, which a padded phone number lacks.
            r"(?<![\w-])(?=(?:[\d_-]*[A-Za-z]){10})(?:[\w-]{86}|[\w-]{43})(?![\w-])",
            rf"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:{_TIME})?(?!\d)",
        ),
    ),
    re.IGNORECASE | re.ASCII,
)
_CONTACT = re.compile(
    "|".join(
        (
            # e-mail; an ideographic full stop separates labels too (UTS 46)
            r"[^\s@] ?(?:@|[\[(] ?at ?[\])]) ?[\w-]+(?: ?(?:[.。]|[\[(] ?dot ?[\])]) ?[\w-]+)+",
            # international: +86 138 0013 8000, 0086138…
            rf"(?:\+{_GAP}|(?<!\d)00{_GAP})[1-9](?:{_GAP}\d){{6,14}}(?!\d)",
            # Chinese mobile: 11 digits in any grouping, or 3-4-4 with any separator
            r"(?<!\d)(?:86[ -]?)?1[ -]{0,2}[3-9](?:[ -]{0,2}\d){9}(?!\d)",
            rf"(?<!\d)(?:86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)",
            # trunk prefix and area code: 021-6329 0000; British mobile: 07700 900123
            r"(?<!\d)0[1-9]\d{1,2}[ )-]{1,2}\d{3,4} ?\d{4}(?!\d)",
            r"(?<!\d)07\d{3}[ -]?\d{3}[ -]?\d{3}(?!\d)",
            # North America in its own grouping: (415) 555-0132
            r"(?<![\d-])(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{1,2}[2-9]\d{2}[ .-]\d{4}(?![\d-])",
            # any number that is called one
            rf"(?:tel|phone|mobile|cell|whatsapp|电话|手机|微信|联系方式)[^\w+]{{0,3}}\d(?:{_GAP}\d){{6,14}}",
            # United States social security number
            r"(?<![\d-])(?!000|666|9)\d{3}([ -])(?!00)\d\d\1(?!0000)\d{4}(?![\d-])",
        ),
    ),
    re.IGNORECASE,
)
_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_NATIONAL_ID = re.compile(
    rf"(?<!\d){_PROVINCE}\d{{4}}(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}[\dXx]"
    r"|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?!\d)",
)
_CARD = re.compile(
    r"(?<!\d)(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0|6|8)\d{12}|35\d{14}|6(?:011|4[4-9]\d|5\d\d)\d{12}"
    r"|62\d{14,17})(?!\d)",
)
_IBAN = re.compile(rf"{_WORD_START}[A-Z]{{2}}\d\d(?: ?[A-Z0-9]){{11,30}}{_WORD_END}", re.IGNORECASE | re.ASCII)
_IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in re.findall(
        r"[A-Z]{2}\d\d",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 "
        "FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 "
        "LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 "
        "SC31 SE24 SI19 SK24 SM27 ST25 SV28 TN24 TR26 UA29 VA22 VG24 XK20",
    )
}
_JOINED_DIGITS = re.compile(r"(?<=\d)[ \-._/]{1,2}(?=[\dXx])")
_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\u00b7]")
_SPACES = re.compile(r"\s+")


def looks_raw(text: str) -> bool:
    """Say whether a text holds what looks like a phone, e-mail, national id, card or account number."""
    plain = text if text.isascii() else _plain(text)
    if not _SUSPECT.search(plain):
        return False
    rest = _HARMLESS.sub(" \x00 ", _SPACES.sub(" ", plain))
    return bool(_CONTACT.search(rest)) or _has_number(rest)


def _plain(text: str) -> str:
    """Undo disguises: compatibility forms, digits of other scripts, invisible marks, fancy dashes."""
    folded = unicodedata.normalize("NFKC", text)
    visible = (character for character in folded if unicodedata.category(character) not in _INVISIBLE)
    digits = "".join(str(unicodedata.decimal(character, character)) for character in visible)
    return _DASHES.sub("-", digits).translate(_HAN_DIGITS)


def _has_number(text: str) -> bool:
    joined = _JOINED_DIGITS.sub("", text)
    return (
        bool(_NATIONAL_ID.search(joined))
        or any(_is_luhn(card.group()) for card in _CARD.finditer(joined))
        or any(_is_iban(account.group()) for account in _IBAN.finditer(text))
    )


def _is_luhn(digits: str) -> bool:
    """Check ISO/IEC 7812-1, annex B."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """Check ISO 13616: the country's own length, and mod 97; whatever follows the number is left aside."""
    compact = text.replace(" ", "").upper()
    length = _IBAN_LENGTHS.get(compact[:2], 0)
    return 0 < length <= len(compact) and _mod_97(compact[:length]) == 1


def _mod_97(account: str) -> int:
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97
