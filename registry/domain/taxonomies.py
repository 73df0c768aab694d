"""The closed taxonomy: every category, its kind, and the definition test a filing must tick (domain.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from registry.domain.ids import Category, MemberIntegrity, Protective
from registry.domain.tables import Table, digest, read_word


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    en: str
    zh: str


class CategoryKind(StrEnum):
    """What a category of the taxonomy is for."""

    INCIDENT = "incident"
    AGGRAVATION = "aggravation"  # of an incident, never alone
    PROTECTIVE = "protective"  # in favour of the person; never filed
    MEMBER_INTEGRITY = "member_integrity"  # about a member; never filed


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """One category. `test` is the id of the definition test, None where nothing can be filed."""

    code: str
    kind: CategoryKind
    name: Text
    test: str | None
    test_text: Text | None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The closed list of categories; `digest` is SHA-256 in hex over its canonical JSON."""

    version: int
    categories: Mapping[str, CategoryRule]
    digest: str
    document: Mapping[str, Any]


def parse(text: bytes) -> Taxonomy:
    """Read a taxonomy; Misconfigured(policy_invalid) unless it defines exactly the closed list of ids.py."""
    root = Table.parse(text, "taxonomy")
    document = root.document()
    version = root.integer("version", least=1)
    categories = root.table("categories")
    rules = {code: _category(categories.table(code), code) for code in categories.names()}
    root.close()
    known = {str(code) for vocabulary in (Category, Protective, MemberIntegrity) for code in vocabulary}
    if rules.keys() != known:
        root.refuse("categories", "must define every category of the closed list and no other")
    return Taxonomy(version, MappingProxyType(rules), digest(document), document)


def read_text(table: Table, name: str) -> Text:
    """Take a text in both languages."""
    both = table.table(name)
    text = Text(both.text("en"), both.text("zh"))
    both.close()
    return text


def _category(table: Table, code: str) -> CategoryRule:
    kind = read_word(table, "kind", CategoryKind)
    filed = kind in {CategoryKind.INCIDENT, CategoryKind.AGGRAVATION}
    rule = CategoryRule(
        code=code,
        kind=kind,
        name=read_text(table, "name"),
        test=table.text("test") if filed else None,
        test_text=read_text(table, "test_text") if filed else None,
    )
    table.close()
    return rule
