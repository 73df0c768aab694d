"""What proved contacts let somebody see and do: every combination."""

from itertools import chain, combinations
from uuid import UUID, uuid4

import pytest

from registry.domain.appeal_case import Ground
from registry.domain.ids import IdentifierKind
from registry.domain.incidents import QueryToken
from registry.domain.subjects import (
    MANDATES,
    TOKENS_MOST,
    Acting,
    Capacity,
    Hearing,
    Mandate,
    Sight,
    Subject,
    grounds,
    hearing,
    proved_sight,
    reads_appeal,
    require,
    require_contact,
    require_standing,
)
from registry.errors import Conflict, Denied, NotFound

PHONE, EMAIL = IdentifierKind.PHONE, IdentifierKind.EMAIL
SETS = list(chain.from_iterable(combinations((PHONE, EMAIL, IdentifierKind.NATIONAL_ID), size) for size in range(4)))
REPORT = UUID(int=7)


def someone(*kinds: IdentifierKind, linked: UUID | None = None) -> Subject:
    return Subject(uuid4(), tuple(QueryToken(kind, 1, bytes(32)) for kind in kinds), linked=linked)


@pytest.mark.parametrize("kinds", SETS)
def test_a_phone_alone_links_and_anything_more_shows(kinds: tuple[IdentifierKind, ...]) -> None:
    expected = Sight.NOTHING if not kinds else Sight.LINKED if kinds == (PHONE,) else Sight.DETAILS
    assert proved_sight(kinds) is expected
    assert grounds(expected) == (tuple(Ground) if expected is Sight.DETAILS else (Ground.SOMEONE_ELSE,))
    assert someone(linked=REPORT).sees(REPORT, kinds) is Sight.DETAILS
    assert someone(linked=REPORT).sees(uuid4(), kinds) is expected


@pytest.mark.parametrize("capacity", Capacity)
@pytest.mark.parametrize("mandate", [None, *Mandate])
def test_a_basis_belongs_to_one_capacity(capacity: Capacity, mandate: Mandate | None) -> None:
    acting = Acting(capacity, mandate)
    if mandate in MANDATES[capacity]:
        assert acting.checked() == acting
    else:
        with pytest.raises(Conflict, match="mandate_refused"):
            acting.checked()


def test_who_acts_for_themselves_names_no_document() -> None:
    with pytest.raises(Conflict, match="mandate_refused"):
        Acting(reference="case-1").checked()


@pytest.mark.parametrize("found", Sight)
@pytest.mark.parametrize("proved", SETS)
def test_only_details_show_what_others_said(found: Sight, proved: tuple[IdentifierKind, ...]) -> None:
    may = found is Sight.DETAILS or (found is Sight.LINKED and proved == (PHONE,))
    assert reads_appeal(found, proved) is may


@pytest.mark.parametrize("kinds", SETS)
@pytest.mark.parametrize("proved", SETS)
def test_a_step_needs_every_contact_with_which_the_appeal_was_lodged(
    kinds: tuple[IdentifierKind, ...], proved: tuple[IdentifierKind, ...]
) -> None:
    if set(proved) <= set(kinds):
        require_standing(kinds, proved)
    else:
        with pytest.raises(Denied, match="second_contact_needed"):
            require_standing(kinds, proved)


@pytest.mark.parametrize("kinds", SETS)
@pytest.mark.parametrize("proved", SETS)
@pytest.mark.parametrize("linked", [None, REPORT])
def test_letters_are_for_who_shows_more_than_a_number_or_lodged_it_by_a_link_themselves(
    kinds: tuple[IdentifierKind, ...], proved: tuple[IdentifierKind, ...], linked: UUID | None
) -> None:
    found = someone(*kinds, linked=linked).sees(REPORT, kinds)
    if set(kinds) - {PHONE}:
        expected = Hearing.ALL
    elif linked is None:
        expected = Hearing.OWN
    else:
        expected = Hearing.ALL if set(proved) <= set(kinds) else Hearing.OPEN
    assert hearing(found, kinds, proved) is expected


def test_what_one_may_not_know_of_does_not_exist() -> None:
    with pytest.raises(NotFound, match="record_unknown"):
        require(Sight.NOTHING, Sight.LINKED)
    with pytest.raises(Denied, match="second_contact_needed"):
        require(Sight.LINKED, Sight.DETAILS)
    require(Sight.DETAILS, Sight.DETAILS)
    with pytest.raises(Denied, match="contact_needed"):
        require_contact(someone(linked=REPORT))


def test_a_session_widens_to_a_bound() -> None:
    tokens = [QueryToken(EMAIL, 1, number.to_bytes(32)) for number in range(TOKENS_MOST + 1)]
    wide = someone().widened(tokens[:-1])
    assert wide.widened(tokens[:5]) == wide
    with pytest.raises(Conflict, match="contacts_too_many"):
        wide.widened(tokens)
