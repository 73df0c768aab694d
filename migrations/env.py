"""How Alembic reaches the database.

`registry.store.migrations` hands over a connection. The `alembic` program, used to write a new revision, takes the
database from `-x url=…`.
"""

import asyncio

from alembic import context
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from registry.store.migrations import turn
from registry.store.schema import metadata


def migrate(connection: Connection) -> None:
    """Run what was asked."""
    partitions = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition")))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        # Months come and go without a revision; the parent is what the schema states.
        include_name=lambda name, kind, _parents: kind != "table" or name not in partitions,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate(url: str) -> None:
    """Serve the `alembic` program, which brings no connection."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    async with engine.connect() as connection, turn(connection):
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif connection := context.config.attributes.get("connection"):
    migrate(connection)
else:
    asyncio.run(connect_and_migrate(context.get_x_argument(as_dictionary=True)["url"]))
