"""Tokens as they arrive, turned into what the store keeps of them: an HMAC under the pepper of their epoch."""

from collections.abc import Mapping, Sequence

from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.errors import Fault, Malformed
from registry_formats import cfr1


def stored_tokens(
    texts: Sequence[str], kind: IdentifierKind, *, peppers: Mapping[int, bytes], at: str
) -> tuple[QueryToken, ...]:
    """Read the tokens of one identifier, one for each epoch at most.

    Args:
        texts: CFR1 text forms.
        kind: what all of them must be.
        peppers: of the live epochs.
        at: JSON pointer of the list.

    Raises:
        Malformed: `request_invalid` with `token_kind_differs`, `epoch_not_live` or `epoch_repeated`, place by place.
    """
    tokens: dict[int, QueryToken] = {}
    for place, text in enumerate(texts):
        token = cfr1.parse(text)
        if token.kind.value != kind.value:
            raise _refused(f"{at}/{place}", "token_kind_differs")
        if token.epoch in tokens:
            raise _refused(f"{at}/{place}", "epoch_repeated")
        if token.epoch not in peppers:
            raise _refused(f"{at}/{place}", "epoch_not_live")
        tokens[token.epoch] = QueryToken(kind, token.epoch, cfr1.stored(peppers[token.epoch], token))
    return tuple(tokens.values())


def _refused(pointer: str, code: str) -> Malformed:
    return Malformed("request_invalid", faults=[Fault(pointer, code)])
