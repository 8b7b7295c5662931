"""One database per test process, emptied after each test: what a test gets cannot be told from a fresh copy.

To copy the migrated template creates some 750 files, and to drop the copy deletes them, which costs more than most
tests do. So a process keeps its copy: other connections are ended (with them go their locks, their temporary tables and
what they listen to), rows are deleted, files cut back to nothing and sequences set back. Then the database is compared
with what it was when it was new, tables, sequences and catalogs; on any difference it is thrown away for a new one. A
test that changes the schema, the rights or a row of the template's thus costs a copy, and leaks nothing.
"""

import asyncio
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from api.db import create_database
from sandbox.fresh_database import named

TIMES = 100
"""How often one copy is used: empty indexes keep their pages, and a few hundred tests should not make them big."""
PATIENCE_SECONDS = 20

_OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_END = f"SELECT count(pg_terminate_backend(pid)) FROM ({_OTHERS}) AS other"  # noqa: S608 - of constants
_WRITTEN = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND (pg_relation_size(oid) > 0 OR reltoastrelid <> 0 AND pg_relation_size(reltoastrelid) > 0) ORDER BY relname"
)
_NAMES = "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY relname"
_CLASSES = (
    "SELECT coalesce(md5(string_agg(concat_ws(' ', oid, relname, relnamespace, reltype, relowner, relam, relkind,"
    " relpersistence, relnatts, relchecks, relhasindex, relhasrules, relhastriggers, relrowsecurity,"
    " relforcerowsecurity, relreplident, relispartition, relacl, reloptions, relpartbound), ';' ORDER BY oid)), '')"
    " FROM pg_class WHERE oid >= 16384"
)
_SHARED = (
    "SELECT concat_ws(' ', datacl, datdba, datconnlimit, datallowconn,"
    " (SELECT string_agg(s::text, ';' ORDER BY s::text) FROM pg_db_role_setting s WHERE setdatabase IN (d.oid, 0)),"
    " (SELECT count(*) FROM pg_prepared_xacts WHERE database = d.datname)) FROM pg_database d"
    " WHERE datname = current_database()"
)
_CATALOGS = {
    "pg_attribute": "attrelid >= 16384",
    "pg_constraint": "oid >= 16384",
    "pg_depend": "objid >= 16384",
    "pg_description": "objoid >= 16384",
    "pg_index": "indexrelid >= 16384",
    "pg_proc": "oid >= 16384",
    "pg_trigger": "oid >= 16384",
    "pg_type": "oid >= 16384",
} | dict.fromkeys(
    ["pg_attrdef", "pg_default_acl", "pg_enum", "pg_event_trigger", "pg_extension", "pg_inherits", "pg_init_privs"],
    "true",
)
_CATALOGS |= dict.fromkeys(
    ["pg_largeobject_metadata", "pg_namespace", "pg_policy", "pg_publication", "pg_range", "pg_rewrite", "pg_sequence"],
    "true",
)
_CATALOGS |= dict.fromkeys(["pg_statistic", "pg_statistic_ext"], "true")
"""Where objects of the database are described, and which rows there may be other than PostgreSQL's own."""


@dataclass(frozen=True)
class State:
    """What a database holds besides its empty tables."""

    written: tuple[str, ...]
    rows: tuple[str, ...]
    sequences: tuple[tuple[int, bool], ...]
    catalogs: tuple[Any, ...]


class Recycled:
    """The database of one test process: ``take`` it clean, use it, ``give_back`` what is left of it."""

    def __init__(self, server: str, template: str) -> None:
        """Keep where copies are made; nothing is copied yet."""
        self._server, self._template = server, template
        self._url: str | None = None
        self._hand: psycopg.Connection[tuple[Any, ...]] | None = None
        self._new: State | None = None
        self._sequences: list[str] = []
        self._used = 0

    def take(self) -> str:
        """Return the URL of a database that is as new."""
        if self._url is None:
            self._url = named(self._server, f"test_{os.getpid()}_{uuid.uuid4().hex[:12]}")
            asyncio.run(create_database(self._url, template=self._template))
            self._hand = psycopg.connect(self._url, autocommit=True)
            self._sequences = [name for (name,) in self._ask(_NAMES)]
            self._new, self._used = self._state(), 0
        self._used += 1
        return self._url

    def give_back(self) -> None:
        """Empty the database after a test, or throw it away where it cannot be told that it is as new."""
        try:
            as_new = self._used < TIMES and self._emptied()
        except psycopg.Error:  # the test took the database, the connection or its rights away
            as_new = False
        if not as_new:
            self.drop()

    def drop(self) -> None:
        """Drop the database; the next test gets a new one."""
        if self._hand is not None:
            self._hand.close()
        if self._url is not None:
            with psycopg.connect(named(self._server, "postgres"), autocommit=True) as admin:
                name = sql.Identifier(urlsplit(self._url).path[1:])
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        self._url = self._hand = self._new = None

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        assert self._hand is not None
        return self._hand.execute(statement).fetchall()

    def _emptied(self) -> bool:
        """End what the test left running, take away what it wrote, and tell whether all is as it was."""
        assert self._hand is not None
        assert self._new is not None
        self._end_others()
        written = [name for (name,) in self._ask(_WRITTEN) if name not in self._new.written]
        if written:
            self._delete(written)
        if self._positions() != self._new.sequences:
            self._set_back()
        return self._state() == self._new

    def _end_others(self) -> None:
        """End every other connection, and wait until none is left, which is when its locks are free."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while self._ask(_END)[0][0]:
            if time.monotonic() > give_up:
                raise psycopg.OperationalError("connections to the test's database do not end")
            time.sleep(0.002)

    def _delete(self, written: list[str]) -> None:
        """Delete the rows of these tables, past triggers and foreign keys, and give their pages back.

        To truncate costs four times as much: each index, used or not, gets a new file. The planner is to know as
        little of an emptied table as of one that was never filled.
        """
        assert self._hand is not None
        tables = [sql.Identifier("public", name) for name in written]
        deletes = sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(table) for table in tables)
        self._hand.execute(sql.SQL("SET session_replication_role = replica; {}").format(deletes))
        self._hand.execute(sql.SQL("VACUUM {}").format(sql.SQL(",").join(tables)))
        forget = "SELECT pg_clear_relation_stats('public', name) FROM unnest(%s::text[]) AS name"
        self._hand.execute(forget, [written])

    def _set_back(self) -> None:
        assert self._hand is not None
        assert self._new is not None
        for name, (value, called) in zip(self._sequences, self._new.sequences, strict=True):
            self._hand.execute("SELECT setval(%s::regclass, %s, %s)", [f"public.{name}", value, called])

    def _state(self) -> State:
        """Return what the database holds; rows only of tables that the template fills."""
        written = tuple(name for (name,) in self._ask(_WRITTEN))
        filled = written if self._new is None else self._new.written
        rows = tuple(str(self._ask(f"SELECT * FROM {name} ORDER BY 1")) for name in filled)  # noqa: S608 - as below
        return State(written, rows, self._positions(), self._catalogs())

    def _positions(self) -> tuple[tuple[int, bool], ...]:
        """Return where each sequence stands, and whether it was used."""
        each = enumerate(self._sequences)
        values = " UNION ALL ".join(
            f"SELECT {at}, last_value, is_called FROM {name}"  # noqa: S608 - a name of the catalog
            for at, name in each
        )
        return tuple((value, called) for _, value, called in sorted(self._ask(values))) if values else ()

    def _catalogs(self) -> tuple[Any, ...]:
        """Return something that changes when a table, a right, a function or a setting of the database does.

        A row of a catalog that was added or changed is of a later transaction than those of the template.
        """
        newest = " UNION ALL ".join(
            f"(SELECT '{name}', concat_ws(' ', count(*), max(xmin::text::bigint)) FROM {name} WHERE {which})"  # noqa: S608
            for name, which in _CATALOGS.items()
        )
        return tuple(sorted(self._ask(f"{newest} UNION ALL SELECT '', ({_CLASSES}) UNION ALL SELECT '', ({_SHARED})")))


def drop_left_over(server: str) -> None:
    """Drop the databases of test processes that are gone: one that was killed could not."""
    with psycopg.connect(named(server, "postgres"), autocommit=True) as admin:
        found = admin.execute(r"SELECT datname FROM pg_database WHERE datname ~ '^test_\d+_'").fetchall()
        for (name,) in found:
            if Path("/proc/self").exists() and not Path(f"/proc/{name.split('_')[1]}").exists():
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
