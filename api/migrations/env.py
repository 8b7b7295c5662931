"""Alembic's entry: migrates the database that settings name, or the one given by ``-x url=postgresql://...``."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

import api.models  # noqa: F401 - registers the tables
from api.db import database_url
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
