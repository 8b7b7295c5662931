"""Whatever order complaints, decisions, credits of staff, late bills, crashes and repetitions come, money agrees.

After every step no more went back than was taken. When all is through, what was kept is what the operator's bills come
to, less what was granted, a grant that puts a bill right counting for less where the operator put it right too.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import pytest

from api.domain.charging.afterwards import put_right_by_both
from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.domain.support.complaint import Cause
from api.models.charging import ChargingSession
from api.services.support.complaint_decide import object_to_answer
from api.services.support.complaint_judge import judge_complaint
from api.services.support.complaint_sweep import sweep_complaints
from tests.api.services.charging.given_back import a_bill, a_credit_cdr, approves, credit, paid, pause_ends, state
from tests.bench import Bench
from tests.complaints import complain, decide

STEPS = 12
_CAUSES = tuple(Cause)


class Killed(Exception):
    """The process dies before it commits."""


@dataclass
class Play:
    """One charge and what happens to it."""

    bench: Bench
    charge: ChargingSession
    dice: random.Random
    standing: dict[int, str] = field(default_factory=lambda: {1: "20.00"})
    """Bills that the operator has not taken back, by number: its own word on what is owed."""
    bills: int = 1

    async def newest(self) -> str | None:
        """Return the newest complaint's id."""
        rows = await self.bench.rows("SELECT id FROM complaint ORDER BY opened_at DESC, id DESC LIMIT 1")
        return rows[0][0] if rows else None

    async def complains(self) -> None:
        """Let the driver complain about something."""
        await complain(self.bench, self.charge, self.dice.choice(_CAUSES), expected_minor=self.dice.randint(0, 2380))

    async def judged(self) -> None:
        """Look at the newest complaint once more, and sometimes die before it is stored."""
        found = await self.newest()
        if found is None:
            return
        killed = self.dice.random() < 0.5
        async with self.bench.work() as db:
            await judge_complaint(db=db, ports=self.bench.ports, now=self.bench.clock.now(), complaint_id=found)
            if killed:
                raise Killed

    async def decided(self) -> None:
        """Let a person rule."""
        found = await self.bench.rows("SELECT id FROM complaint ORDER BY opened_at DESC, id DESC LIMIT 1")
        if found:
            ruling = self.dice.choice(("full", "partial", "none"))
            amount = self.dice.randint(1, 900) if ruling == "partial" else None
            reason = "other" if ruling == "none" else self.dice.choice(("goodwill", "wrong_price"))
            await decide(self.bench, found[0], ruling, reason, amount, alone=self.dice.choice((300, 5000)))

    async def agreed(self) -> None:
        """Let a second person agree to whatever waits."""
        for row in await self.bench.rows("SELECT id FROM credit WHERE state = 'requested'"):
            await approves(self.bench, row.id)

    async def objects(self) -> None:
        """Let the driver object."""
        found = await self.newest()
        if found is not None:
            now, whose = self.bench.clock.now(), self.charge.driver_id
            async with self.bench.work() as db:
                await object_to_answer(db=db, now=now, driver_id=whose, complaint_id=found, text="no")

    async def staff_give(self) -> None:
        """Let staff waive something beside any complaint."""
        await credit(self.bench, self.charge, self.dice.randint(1, 500))

    async def operator_corrects(self) -> None:
        """Let the operator take its bill back, and mostly bill anew."""
        for number, cost in tuple(self.standing.items()):
            await a_credit_cdr(self.bench, self.charge, number, cost)
            del self.standing[number]
        if self.dice.random() < 0.8:
            self.bills += 1
            self.standing[self.bills] = f"{self.dice.randint(500, 2000) / 100:.2f}"
            await a_bill(self.bench, self.charge, self.bills, self.standing[self.bills])

    async def time_passes(self) -> None:
        """Let clocks and sweeps do their part."""
        await self.bench.drain()
        await pause_ends(self.bench, self.charge)
        await sweep_complaints(work=self.bench.work, ports=self.bench.ports)

    def billed(self) -> int:
        """Return what the operator's bills come to for the driver, in cents, tax and all."""
        net = sum((Decimal(cost) for cost in self.standing.values()), Decimal(0))
        return int((net * Decimal("1.19") * 100).quantize(Decimal(1), ROUND_HALF_UP))


Step = Callable[[Play], Awaitable[None]]
_STEPS: tuple[Step, ...] = (
    Play.complains,
    Play.complains,
    Play.judged,
    Play.decided,
    Play.decided,
    Play.agreed,
    Play.objects,
    Play.staff_give,
    Play.operator_corrects,
    Play.time_passes,
)


async def check(play: Play) -> None:
    """No more went back than was taken, and nothing twice at the processor."""
    found = await state(play.bench, play.charge)
    taken = found.captured.minor if found.captured is not None else 0
    assert 0 <= found.refunded.minor <= taken


@pytest.mark.capability("CK26")
@pytest.mark.parametrize("seed", range(5))
async def test_the_money_agrees_in_any_order(bench: Bench, seed: int) -> None:
    """Kept is what was billed less what was granted; every ruling that grants has one credit, and no cause two."""
    play = Play(bench, await paid(bench), random.Random(seed))
    for _ in range(STEPS):
        with suppress(AppError, Killed):  # refused, or died before anything was stored
            await play.dice.choice(_STEPS)(play)
        if play.dice.random() < 0.5:
            await bench.drain()
        await check(play)
    for _ in range(3):
        await play.time_passes()

    charge, end = await bench.charge(play.charge), await state(bench, play.charge)
    assert (charge.status, charge.owed_minor) == (ChargingStatus.SETTLED, play.billed())
    rows = await bench.rows("SELECT amount_minor, corrects_minor FROM credit WHERE state = 'approved'")
    gifts = sum(row.amount_minor for row in rows if row.corrects_minor is None)
    fixes = [row for row in rows if row.corrects_minor is not None]
    fixed = sum(row.amount_minor for row in fixes)
    if fixes:
        fixed -= put_right_by_both([(row.corrects_minor, row.amount_minor) for row in fixes], play.billed())
    owed = play.billed() if play.billed() >= 50 else 0
    assert end.paid.minor + end.receivable.minor == max(owed - gifts - fixed, 0)
    unpaired = "SELECT 1 FROM complaint_ruling WHERE granted_minor > 0 AND credit_id IS NULL AND reason <> 'double_cdr'"
    assert await bench.rows(unpaired) == []
