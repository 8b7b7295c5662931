"""Charges as their drivers look at them, read past the mapping of rows to objects: many in one statement.

Who asks while others are being read shares the next statement, and who asks for the same charge shares its row: what is
told was always read after it was asked for. Does not live here: what is made of it (``view.py``).
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, cast

import msgspec

from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.services.work import Statements, Work

_CHARGE = (
    *("id", "driver_id", "version", "status", "hold_status", "metering", "kwh", "guidance", "state", "place"),
    *("time_zone", "currency", "hold_minor", "hold_passed_to", "owed_minor", "failure_code", "stop_cause"),
    *("auth_channel", "payer_type", "created_at", "charging_at", "metered_at", "energy_ended_at", "unplugged_at"),
    *("freed_at", "final_at", "running", "driver_price"),
)
_DOCUMENTS = ("guidance", "state", "place", "running")
_HOLD = (
    *("id", "status", "authorized_minor", "captured_minor", "released_minor", "card_brand", "card_last4"),
    *("capture_before", "client_secret", "updated_at"),
)
_READ_AS = {
    "running": "jsonb_build_object('total_minor', c.running -> 'total_minor', 'at', c.running -> 'at')::text",
    "driver_price": "coalesce(c.driver_price, 'null') NOT IN ('null', '{}')",
} | {name: f"c.{name}::text" for name in ("guidance", "state", "place")}
"""Of the cost only the total is shown, and of the final price whether there is one."""
_COLUMNS = ", ".join(
    [f"{_READ_AS.get(name, f'c.{name}')} AS {name}" for name in _CHARGE]
    + [f"h.{name} AS hold_row_{name}" for name in _HOLD]
)
_STATEMENT = f"""
SELECT {_COLUMNS} FROM charging_session c LEFT JOIN hold h ON h.charging_session_id = c.id WHERE c.id = ANY($1::text[])
"""  # noqa: S608 - our own column names
AT_ONCE = 2
"""Statements under way; more would only take connections from others."""
MOST = 64
"""Charges in one statement."""


class Look(NamedTuple):
    """A charge and its hold, as far as they are shown; they belong to no unit of work."""

    charge: ChargingSession
    hold: HoldRow | None


class _Charge:
    __slots__ = _CHARGE


class _Hold:
    __slots__ = _HOLD


class Looks:
    """Reads charges for those who ask, together."""

    def __init__(self, work: Work) -> None:
        """Keep what opens connections."""
        self._work = work
        self._waiting: dict[str, asyncio.Future[Look | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = 0
        """Tasks that look at the list once more before they end."""

    async def of(self, charging_session_id: str) -> Look | None:
        """Return a charge as it is now, whosever it is; None: there is none. Raises what the database raises."""
        answer = self._waiting.get(charging_session_id)
        if answer is None:
            answer = asyncio.get_running_loop().create_future()
            self._waiting[charging_session_id] = answer
            if self._reading < AT_ONCE:
                self._reading += 1
                task = asyncio.create_task(self._read())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(answer)

    async def _read(self) -> None:
        """Read what is asked for until nothing is."""
        try:
            await self._read_all()
        finally:
            self._reading -= 1  # at once: who asks between the last look at the list and this would wait for ever

    async def _read_all(self) -> None:
        while self._waiting:
            batch: dict[str, asyncio.Future[Look | None]] = {}
            try:
                async with self._work.statements() as on:
                    while batch := self._next():
                        found = await read_looks(on=on, ids=list(batch))
                        for each, answer in batch.items():
                            _settle(answer, found.get(each))
            except Exception as error:  # whoever asked is told of it, as if it had read alone
                for answer in (batch or self._next()).values():
                    if not answer.done():
                        answer.set_exception(error)
                        answer.exception()  # who asked may be gone: then nobody is to complain of it

    def _next(self) -> dict[str, "asyncio.Future[Look | None]"]:
        """Take the next charges off the list."""
        ids = list(islice(self._waiting, MOST))
        return {each: self._waiting.pop(each) for each in ids}


async def read_looks(*, on: Statements, ids: Sequence[str]) -> Mapping[str, Look]:
    """Return those of some charges that there are; raises StatementFailed."""
    return {row["id"]: _look(row) for row in await on.all(_STATEMENT, ids)}


def _settle(answer: "asyncio.Future[Look | None]", look: Look | None) -> None:
    if not answer.done():
        answer.set_result(look)


def _look(row: Mapping[str, Any]) -> Look:
    charge: Any = _Charge()
    for name in _CHARGE:
        setattr(charge, name, row[name])
    for name in _DOCUMENTS:
        setattr(charge, name, msgspec.json.decode(row[name]))
    hold: Any = None
    if row["hold_row_id"] is not None:
        hold = _Hold()
        for name in _HOLD:
            setattr(hold, name, row[f"hold_row_{name}"])
    return Look(cast("ChargingSession", charge), cast("HoldRow | None", hold))
