"""What all tables share: the naming convention and the few column shapes that recur."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, LargeBinary, MetaData, String, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TOKEN_BYTES = 32
DIGEST_BYTES = 32


def uuid_key() -> Column[Any]:
    """Make a primary key that the caller fills with a UUIDv7: index-friendly, and it tells no count."""
    return Column("id", Uuid, primary_key=True)


def refers(name: str, target: str, *, index: bool = False, primary_key: bool = False) -> Column[Any]:
    """Make a foreign key on the `id` of another table; nothing cascades, because nothing is deleted in passing."""
    return Column(name, Uuid, ForeignKey(f"{target}.id"), index=index, nullable=False, primary_key=primary_key)


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    """Make a UTC instant."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def digest(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[Any]:
    """Make a 32-byte value: a SHA-256, an HMAC or a stored token."""
    return Column(name, LargeBinary(DIGEST_BYTES), nullable=nullable, primary_key=primary_key)


def choice(name: str, values: Iterable[str], *, length: int = 32) -> tuple[Column[Any], CheckConstraint]:
    """Make a closed word as VARCHAR + CHECK; native enum types outlive a downgrade."""
    words = ", ".join(f"'{value}'" for value in values)
    return Column(name, String(length), nullable=False), CheckConstraint(f"{name} IN ({words})", name=name)
