"""Keeping a process's board up to date in the background, and storing what it alone noticed."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from api.domain.support.availability import Seen
from api.services.status.board import Ping, StatusBoard
from api.services.status.record import Seeing, record_seen
from api.services.status.snapshot import build_snapshot
from api.services.status.words import Component
from api.services.work import Work

_log = logging.getLogger(__name__)
FIRST, SECONDS = 1.0, 15.0
"""The first look comes once the process serves; until then the file is all there is."""
READ_AGAIN = timedelta(minutes=2)
"""A snapshot of this age has missed a turn: the database is asked instead of the file."""


@contextlib.asynccontextmanager
async def keeping(board: StatusBoard, *, work: Work) -> AsyncIterator[None]:
    """Look every few seconds for as long as the block runs."""

    async def go_on() -> None:
        pause = FIRST
        while True:
            await asyncio.sleep(pause)
            try:
                await keep_up(board, work=work, now=board.ports.clock.now())
            except Exception:  # who keeps the page goes on for as long as the process lives
                _log.exception("status.keeping_failed")
            pause = SECONDS

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def keep_up(board: StatusBoard, *, work: Work, now: datetime) -> None:
    """Look once; with a database that is back, store in which minutes it was away.

    Where no fresh file can be read, as on another machine than the worker's, the snapshot is read from the database.
    """
    await board.look(now)
    if board.database is not Ping.ANSWERS:
        return
    missed, age = list(board.missed), board.age(now)
    with contextlib.suppress(SQLAlchemyError, OSError):
        async with work() as db:
            if missed:
                away = [Seeing(Component.DATABASE, minute, Seen.DOWN, "unreachable") for minute in missed]
                await record_seen(db, away)
            if age is None or age >= READ_AGAIN:
                board.take(await build_snapshot(db, now=now))
        for minute in missed:
            board.missed.pop(minute, None)
