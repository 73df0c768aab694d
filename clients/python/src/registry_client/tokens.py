"""From what a buyer typed to tokens that name them without saying who they are (format CFR1).

Sans-I/O: `prepare` blinds, `request` signs what a key operator is sent, `finish` checks its proofs and makes tokens.
Nothing raw leaves this module, is cached, shown or pickled; what leaves is blinded by a fresh random scalar.
"""

import hmac
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypedDict, Unpack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registry_formats import cfr1, evaluation, manifest, normalise, sodium, voprf
from registry_formats.cfr1 import Kind, Token
from registry_formats.errors import FormatError
from registry_formats.evaluation import Request
from registry_formats.manifest import Key, Last, Manifest, Pins

_Place = tuple[bytes, bytes]  # the id of a key and a framed input


class IdentifierRefused(FormatError):
    """An identifier has no sure spelling, so it gets no token. `kind` says which one; the value is nowhere."""

    def __init__(self, kind: Kind) -> None:
        super().__init__("input_invalid")
        self.kind = kind


class Typed(TypedDict, total=False):
    """What `Identifiers` may be given: for each kind one text, several, or None."""

    phone: str | Sequence[str] | None
    email: str | Sequence[str] | None
    national_id: str | Sequence[str] | None
    payment: str | Sequence[str] | None
    address: str | Sequence[str] | None
    device: str | Sequence[str] | None
    event: str | Sequence[str] | None


class Identifiers:
    """One buyer's identifiers, normalised; several of a kind as a list. Shows only how many there are.

    Args:
        phone: "+86 138 0013 8000", or a national spelling together with `region`.
        email: an address.
        national_id: a Chinese identity number of 15 or 18 characters.
        payment: "pan:4111…", "iban:…", "alipay:…" or "wechat:…" (the provider's stable id).
        address: "CN:110105:" (the checkout's own area code) and the address as typed.
        device: "idfa:…", "gaid:…", "oaid:…" or "imei:…".
        event: "carrier:waybill" or "platform:order"; names an order, never a person.
        region: ISO 3166 alpha-2, for phones without "+".

    Raises:
        IdentifierRefused: `input_invalid`, with the kind.
    """

    __slots__ = ("_values",)

    def __init__(self, *, region: str | None = None, **typed: Unpack[Typed]) -> None:
        self._values: tuple[tuple[Kind, str], ...] = tuple(_normalised(dict(typed), region))

    def reveal(self) -> tuple[tuple[Kind, str], ...]:
        """Return the normalised values, raw; only the tokeniser has a reason to ask."""
        return self._values

    def __repr__(self) -> str:
        """Show the kinds, masked."""
        return f"Identifiers({', '.join(f'{kind.value}=***' for kind, _ in self._values)})"

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled or copied: raw identifiers stay in the process that read them."""
        raise TypeError("raw identifiers are never serialised")


@dataclass(frozen=True, slots=True)
class Named:
    """One identifier as the registry may see it: its kind, and a token for each epoch asked for, oldest first."""

    kind: Kind
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """At most 256 blinded inputs for one key; the secrets stay here."""

    key: Key
    blinded: tuple[bytes, ...]
    inputs: tuple[bytes, ...] = field(repr=False)
    scalars: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Work:
    """What `prepare` leaves to be asked (`batches`, in the order `finish` wants the answers) and remembered."""

    batches: tuple[Batch, ...]
    people: tuple[tuple[tuple[Kind, bytes, tuple[Key, ...]], ...], ...] = field(repr=False)
    known: dict[_Place, Token] = field(repr=False)


class Tokeniser:
    """Makes tokens for one member under a manifest that its pinned operator signed.

    Args:
        pins: the realm and its operator. This client asks one operator: `operators_insufficient` for more.
        member: the member's id at the operator.
        signer: the member's Ed25519 key.
        last: the manifest accepted before this process, kept by the caller.
        remembered: how many tokens the cache holds, under a key that dies with the process.
        threads: how many Argon2id run at once, 19 MiB each; all cores when None.
        random: a source of secure random bytes.
    """

    def __init__(
        self,
        pins: Pins,
        member: str,
        signer: Ed25519PrivateKey,
        *,
        last: Last | None = None,
        remembered: int = 10_000,
        threads: int | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if pins.threshold != 1:
            raise FormatError("operators_insufficient")
        self._pins, self._member, self._signer, self._last = pins, member, signer, last
        self._manifest: Manifest | None = None
        self._threads, self._random = threads or os.cpu_count() or 1, random
        self._cache = _Cache(remembered, random(32))

    def trust(self, envelope: object, *, now: int) -> Last:
        """Check a manifest at `now` (seconds since 1970) and use it; return what to keep for the next process.

        Codes `manifest_…` mean: stop, and tell a human.
        """
        accepted = manifest.accept(envelope, self._pins, now=now, last=self._last)
        self._manifest, self._last = accepted, Last(accepted.seq, accepted.hash)
        return self._last

    def prepare(self, people: Sequence[Identifiers], *, epochs: Sequence[int] | None = None) -> Work:
        """Blind what is not remembered yet, for every live epoch or the given ones.

        Codes: `manifest_missing` before `trust`; `key_unknown` for an epoch that is not live.
        """
        if self._manifest is None:
            raise FormatError("manifest_missing")
        wanted = tuple(tuple(_wanted(one, self._manifest, epochs)) for one in people)
        known: dict[_Place, Token] = {}
        missing: dict[bytes, tuple[Key, dict[bytes, None]]] = {}
        for _, framed, keys in (item for one in wanted for item in one):
            for key in keys:
                place = (key.key_id, framed)
                token = self._cache.find(place)
                if token is None:
                    missing.setdefault(key.key_id, (key, {}))[1][framed] = None
                else:
                    known[place] = token
        batches = [batch for key, inputs in missing.values() for batch in self._blind(key, tuple(inputs))]
        return Work(tuple(batches), wanted, known)

    def request(self, batch: Batch, *, now_ms: int) -> dict[str, Any]:
        """Sign a batch at `now_ms` (milliseconds since 1970), anew for each attempt, because a nonce is good once."""
        nonce = self._random(evaluation.NONCE)
        unsigned = Request(self._member, batch.key.key_id, now_ms, nonce, batch.blinded)
        return evaluation.sign(unsigned, self._pins.realm, self._signer).to_json()

    def finish(self, work: Work, answers: Sequence[object]) -> list[tuple[Named, ...]]:
        """Check the operator's answers, one per batch in order, and return each person's tokens.

        Codes: `proof_invalid`, `request_malformed` or `element_invalid` for an answer that is not what was asked.
        """
        outputs = [
            (batch.key, framed, output)
            for batch, answer in zip(work.batches, answers, strict=True)
            for framed, output in zip(batch.inputs, _opened(batch, answer), strict=True)
        ]
        tokens = dict(work.known)
        with ThreadPoolExecutor(self._threads) as pool:
            for (key, framed, _), token in zip(outputs, pool.map(_token, outputs), strict=True):
                tokens[key.key_id, framed] = token
                self._cache.keep((key.key_id, framed), token)
        return [
            tuple(Named(kind, tuple(tokens[key.key_id, framed] for key in keys)) for kind, framed, keys in one)
            for one in work.people
        ]

    def _blind(self, key: Key, inputs: tuple[bytes, ...]) -> Iterator[Batch]:
        for start in range(0, len(inputs), voprf.BATCH):
            part = inputs[start : start + voprf.BATCH]
            scalars = tuple(sodium.reduce(self._random(sodium.UNIFORM)) for _ in part)
            blinded = tuple(voprf.blind(framed, scalar) for framed, scalar in zip(part, scalars, strict=True))
            yield Batch(key, blinded, part, scalars)


class _Cache:
    """Tokens by a keyed hash of their input: a memory dump shows neither identifiers nor something to try them on."""

    def __init__(self, size: int, key: bytes) -> None:
        self._size, self._key = size, key
        self._tokens: OrderedDict[bytes, Token] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, place: _Place) -> Token | None:
        name = self._name(place)
        with self._lock:
            token = self._tokens.get(name)
            if token is not None:
                self._tokens.move_to_end(name)
            return token

    def keep(self, place: _Place, token: Token) -> None:
        with self._lock:
            self._tokens[self._name(place)] = token
            while len(self._tokens) > self._size:
                self._tokens.popitem(last=False)

    def _name(self, place: _Place) -> bytes:
        return hmac.digest(self._key, b"".join(place), "sha256")


def _normalised(typed: Mapping[str, Any], region: str | None) -> Iterator[tuple[Kind, str]]:
    unknown = typed.keys() - set(Kind)
    if unknown:
        raise TypeError(f"no kind of identifier is called {', '.join(sorted(unknown))}")
    for kind in Kind:
        given = typed.get(kind)
        for raw in [given] if isinstance(given, str) else given or ():
            yield kind, _spelling(kind, raw, region)


def _spelling(kind: Kind, raw: str, region: str | None) -> str:
    try:
        return normalise.value(kind, raw, *([region] if kind is Kind.PHONE else []))
    except FormatError:
        raise IdentifierRefused(kind) from None


def _wanted(
    one: Identifiers, trusted: Manifest, epochs: Sequence[int] | None
) -> Iterator[tuple[Kind, bytes, tuple[Key, ...]]]:
    for kind, value in one.reveal():
        keys = tuple(trusted.key(epoch, kind) for epoch in epochs or trusted.epochs)
        yield kind, cfr1.oprf_input(kind, value), keys


def _opened(batch: Batch, body: object) -> list[bytes]:
    answer = evaluation.parse_answer(body)
    if answer.key_id != batch.key.key_id or len(answer.evaluated) != len(batch.blinded):
        raise FormatError("proof_invalid")
    voprf.verify(batch.key.public, batch.blinded, answer.evaluated, answer.proof)
    return voprf.finalize(batch.inputs, batch.scalars, answer.evaluated)


def _token(item: tuple[Key, bytes, bytes]) -> Token:
    key, _, output = item
    stretched = cfr1.stretch(output, key.key_id, key.cost)
    return cfr1.token(key.kind, key.epoch, key.key_id, output=output, stretched=stretched)
