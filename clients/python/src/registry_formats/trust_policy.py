"""Read a trust policy (C2SP tlog-policy): which logs, which witnesses, and how many of them make a checkpoint count.

log      <vkey> [<url>]
witness  <name> <vkey> [<url>]
group    <name> all|any|<k> <name>...
quorum   <name>|none
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from registry_formats.cosignatures import CosignerKey, parse_cosigner, verify_cosignatures
from registry_formats.errors import FormatError
from registry_formats.notes import VerifierKey, parse_vkey

MAX_CHARACTERS = 1 << 20
MAX_NAMES = 256
NONE = "none"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t]+")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)

_K = TypeVar("_K")
_V = TypeVar("_V")
Rule: TypeAlias = Callable[[Collection[CosignerKey]], bool]


@dataclass(frozen=True, slots=True)
class Log:
    """A log that may sign: its key, which bears its origin, and where it is reached, if the policy says so."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name in this policy, its key, and its submission prefix, if the policy says so."""

    name: str
    key: CosignerKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """Hold the logs, the witnesses, and the quorum."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    quorum: Rule

    @property
    def keys(self) -> tuple[CosignerKey, ...]:
        """The keys of all witnesses."""
        return tuple(witness.key for witness in self.witnesses)

    def is_met(self, checkpoint: str) -> bool:
        """Say whether enough witnesses cosigned this checkpoint; FormatError where one of theirs is wrong."""
        return self.quorum({one.key for one in verify_cosignatures(checkpoint, self.keys)})


def parse_policy(text: str) -> TrustPolicy:
    """Read a policy file; `policy_malformed` for every departure from the format, `vkey_malformed` for a bad key."""
    if len(text) > MAX_CHARACTERS or _FORBIDDEN.search(text) or not text.endswith("\n"):
        raise FormatError("policy_malformed")
    reader = _Reader()
    for line in text.split("\n"):
        stripped = line.strip(" \t")
        if stripped and not stripped.startswith("#"):
            reader.read(_BLANKS.split(stripped))
    return reader.finish()


class _Reader:
    """Collects what the lines say; a name is known from its line on."""

    def __init__(self) -> None:
        self._logs: dict[bytes, Log] = {}
        self._witnesses: dict[bytes, Witness] = {}
        self._rules: dict[str, Rule] = {}
        self._members: set[str] = set()
        self._quorum: Rule | None = None

    def read(self, words: list[str]) -> None:
        """Take in one line."""
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = parse_vkey(vkey)
                _add(self._logs, key.public_key, Log(key, *url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                cosigner = parse_cosigner(vkey)
                _add(self._witnesses, cosigner.public_key, Witness(name, cosigner, *url))
                self._define(name, lambda cosigned: cosigner in cosigned)
            case ["group", name, threshold, *members] if members:
                self._define(name, _at_least(_threshold(threshold, len(members)), self._take(members)))
            case ["quorum", name] if self._quorum is None:
                self._quorum = _nobody if name == NONE else self._rule(name)
            case _:
                raise FormatError("policy_malformed")

    def finish(self) -> TrustPolicy:
        """Give the policy; it must have said what its quorum is."""
        if self._quorum is None:
            raise FormatError("policy_malformed")
        return TrustPolicy(tuple(self._logs.values()), tuple(self._witnesses.values()), self._quorum)

    def _define(self, name: str, rule: Rule) -> None:
        if name == NONE or len(self._rules) >= MAX_NAMES:
            raise FormatError("policy_malformed")
        _add(self._rules, name, rule)

    def _take(self, names: Iterable[str]) -> list[Rule]:
        """Each name is a member once in the whole file, so that no witness counts twice."""
        rules = []
        for name in names:
            if name in self._members:
                raise FormatError("policy_malformed")
            self._members.add(name)
            rules.append(self._rule(name))
        return rules

    def _rule(self, name: str) -> Rule:
        if name not in self._rules:
            raise FormatError("policy_malformed")
        return self._rules[name]


def _nobody(_: Collection[CosignerKey]) -> bool:
    return True


def _at_least(threshold: int, members: list[Rule]) -> Rule:
    return lambda cosigned: sum(member(cosigned) for member in members) >= threshold


def _threshold(word: str, members: int) -> int:
    words = {"all": members, "any": 1}
    if word not in words and (not _THRESHOLD.fullmatch(word) or int(word) > members):
        raise FormatError("policy_malformed")
    return words.get(word) or int(word)


def _add(known: dict[_K, _V], key: _K, value: _V) -> None:
    if key in known:
        raise FormatError("policy_malformed")
    known[key] = value
