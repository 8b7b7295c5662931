"""Alembic's entry: migrates the database that settings name, or the one given by ``-x url=postgresql://...``."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from alembic import context
from psycopg.errors import InsufficientPrivilege
from sqlmodel import SQLModel

import api.models  # noqa: F401 - registers the tables
from api.db import RoleUnusable, database_url
from api.settings import Settings


def _include(_object: Any, name: str | None, type_: str, *_more: Any) -> bool:
    """Leave Procrastinate's own tables out of the comparison."""
    return not (type_ == "table" and name is not None and name.startswith("procrastinate_"))


def _run(connection: sa.Connection) -> None:
    """Run the wanted migrations on one connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=_include,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        _give_rights(connection)


def _give_rights(connection: sa.Connection) -> None:
    """Give the service's role its rights on the tables as they are; raises RoleUnusable, and nothing is migrated."""
    role = context.config.attributes.get("role", Settings().database_role)
    if not role or connection.scalar(sa.text("SELECT to_regprocedure('give_rights(text)') IS NULL")):
        return
    try:
        connection.execute(sa.text("SELECT give_rights(:role)"), {"role": role})
    except sa.exc.ProgrammingError as refused:
        if isinstance(refused.orig, InsufficientPrivilege):
            raise RoleUnusable(role) from refused
        raise


def _main() -> None:
    """Connect as told and migrate."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    given_url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    url = given_url or database_url(Settings())
    parts = urlsplit(url)
    engine = sa.create_engine(urlunsplit(parts._replace(scheme="postgresql+psycopg", netloc=parts.netloc or "")))
    with engine.begin() as connection:
        _run(connection)
    engine.dispose()


_main()
