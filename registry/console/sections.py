"""Which parts of the console who sees: the links at its head, and where somebody begins."""

from collections.abc import Mapping, Sequence

from registry.domain.staff import Role

Section = tuple[str, str]  # an address and its name, not yet translated

_CASES: Section = ("/console/appeals", "Appeals")
_STAFF: Section = ("/console/staff", "Staff")
_SECTIONS: Mapping[Role, Sequence[Section]] = {
    Role.OFFICER: (_CASES,),
    Role.REVIEWER: (_CASES,),
    Role.SUPERVISOR: (_CASES, _STAFF),
    Role.PANEL: (_CASES,),
    Role.AUDITOR: (("/console/audit", "Audit log"),),
    Role.OPERATOR: (("/console/operator", "Operation"), _STAFF),
    Role.MEMBER: (("/console/member", "Our platform"),),
    Role.MEMBER_ADMIN: (("/console/member", "Our platform"), ("/console/staff", "Our people")),
}


def sections_of(roles: frozenset[Role]) -> tuple[Section, ...]:
    """List what these roles see, each once."""
    return tuple(dict.fromkeys(section for role in Role if role in roles for section in _SECTIONS[role]))
