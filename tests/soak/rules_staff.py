"""Rules of our staff: credits, write-offs, second persons, and refunds that must go another way."""

import contextlib

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from api.services.charging.approvals import AlreadyDecided, RequestState, SamePerson
from api.services.charging.credits import CreditTooLarge, NotSettled, request_credit
from api.services.charging.decisions import approve, deny, open_requests
from api.services.charging.refund_decisions import DisputeOpen, settle_otherwise
from api.services.charging.write_offs import WriteOffTooLarge, request_write_off
from tests.soak.base import NTH, USUALLY, Base, nth

PART = st.sampled_from([None, 1, 300, 900, 6000])
"""Of what is asked or owed, in cents; None: all of it."""
_UNPAID = """
SELECT id, charging_session_id, amount_minor - repaid_minor AS rest FROM refund
WHERE state IN ('failed', 'denied') AND repaid_minor < amount_minor ORDER BY id
"""
_SETTLED = "SELECT id FROM charging_session WHERE status = 'settled' ORDER BY created_at, id"


class StaffRules(Base):
    """What our staff does."""

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, amount=PART, works=USUALLY)
    def credit_by_staff(self, which: int, amount: int | None, works: bool) -> None:
        """Somebody waives a part of a bill or all of it; above the limit a second person is asked for."""

        async def part() -> None:
            settled = [row["id"] for row in await self.town.rows(_SETTLED)]
            if not settled:
                return
            charge_id = nth(settled, which)
            with contextlib.suppress(CreditTooLarge, NotSettled, DisputeOpen):
                async with self.town.work() as db:
                    credit = await request_credit(
                        db=db, ports=self.town.ports, now=self.town.clock.now(), charging_session_id=charge_id,
                        amount_minor=amount, reason="goodwill", text="as agreed", by="Ann",
                    )  # fmt: skip
                if credit.state == RequestState.APPROVED:
                    self.town.ledgers[charge_id].credited += credit.amount_minor
            if works:
                await self.town.drain()

        self.play(part())

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, amount=PART)
    def write_off(self, which: int, amount: int | None) -> None:
        """Somebody gives up a part of what a driver owes, or all of it."""

        async def part() -> None:
            settled = [row["id"] for row in await self.town.rows(_SETTLED)]
            if not settled:
                return
            charge_id = nth(settled, which)
            with contextlib.suppress(WriteOffTooLarge):
                async with self.town.work() as db:
                    row = await request_write_off(
                        db=db, ports=self.town.ports, now=self.town.clock.now(), charging_session_id=charge_id,
                        amount_minor=amount, text="nobody to be found", by="Ann",
                    )  # fmt: skip
                if row.state == RequestState.APPROVED:
                    self.town.ledgers[charge_id].given_up += row.amount_minor

        self.play(part())

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, by=st.sampled_from(["Bob", "Bob", "ann"]), agrees=USUALLY, works=USUALLY)
    def second_person(self, which: int, by: str, agrees: bool, works: bool) -> None:
        """A second person, or the first one again, decides what waits."""

        async def part() -> None:
            async with self.town.work() as db:
                waiting = await open_requests(db=db)
            if not waiting:
                return
            asked, now = nth(waiting, which), self.town.clock.now()
            refused = (AlreadyDecided, SamePerson, DisputeOpen, NotSettled, CreditTooLarge, WriteOffTooLarge)
            with contextlib.suppress(*refused):
                async with self.town.work() as db:
                    if agrees:
                        await approve(db=db, ports=self.town.ports, now=now, subject_id=asked.subject_id, by=by)
                    else:
                        await deny(
                            db=db, ports=self.town.ports, now=now, subject_id=asked.subject_id, by=by, reason="no"
                        )
                if agrees:
                    self._approved(asked.subject_id, asked.charging_session_id, asked.amount_minor, by)
            if works:
                await self.town.drain()

        self.play(part())

    def _approved(self, subject_id: str, charge_id: str, amount: int, by: str) -> None:
        """Note what a second person agreed to; of refunds the stand-in tells."""
        kind = subject_id.partition("_")[0]
        if kind != "rfd":
            assert by == "Bob", f"{subject_id} was approved by who asked for it"
        ledger = self.town.ledgers[charge_id]
        ledger.credited += amount if kind == "crd" else 0
        ledger.given_up += amount if kind == "wof" else 0

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH)
    def pay_otherwise(self, which: int) -> None:
        """A refund that failed or was denied is paid from our bank account."""

        async def part() -> None:
            unpaid = await self.town.rows(_UNPAID)
            if not unpaid:
                return
            refund = nth(unpaid, which)
            async with self.town.work() as db:
                await settle_otherwise(
                    db=db, ports=self.town.ports, now=self.town.clock.now(), refund_id=refund["id"], by="Cy",
                    reference="transfer 7",
                )  # fmt: skip
            self.town.ledgers[refund["charging_session_id"]].by_bank += int(refund["rest"])
            await self.town.drain()

        self.play(part())
