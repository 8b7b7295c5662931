"""Rules of the partner's bills: CDRs once, twice, changed, credited, replaced, told or only found by a pull."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.soak.base import NTH, USUALLY, Base, nth
from tests.soak.partner import Json

TWO_THOUSAND_AND_ONE = 2001
"""The OCPI status by which a second content under a known id is refused."""


class BillRules(Base):
    """What the partner bills."""

    @precondition(lambda self: self.town.unbilled())
    @rule(which=NTH, tells=USUALLY, works=USUALLY)
    def bill(self, which: int, tells: bool, works: bool) -> None:
        """The CDR of a stay that is over."""
        stay = nth(self.town.unbilled(), which)
        bill = stay.bill(self.town.clock.now(), f"CDR{self.town.next_number()}")
        self._write(stay.charge_id, bill, tells=tells, works=works)

    @precondition(lambda self: self.town.charging())
    @rule(which=NTH, tells=USUALLY, works=USUALLY)
    def leave(self, which: int, tells: bool, works: bool) -> None:
        """A car leaves and is billed, as nearly all are."""
        stay = nth(self.town.charging(), which)
        stay.ended_at = self.town.clock.now() + timedelta(minutes=1)
        bill = stay.bill(stay.ended_at, f"CDR{self.town.next_number()}")

        async def part() -> None:
            await self.town.time_passes(timedelta(minutes=1))
            if tells:
                await self.town.push_session(stay)

        self.play(part())
        self._write(stay.charge_id, bill, tells=tells, works=works)

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, works=USUALLY)
    def second_bill(self, which: int, works: bool) -> None:
        """Another CDR for the same session: one too many, or the replacement of one that was credited."""
        stay = nth(self.town.billed(), which)
        bill = stay.bill(self.town.clock.now(), f"CDR{self.town.next_number()}")
        self._write(stay.charge_id, bill, tells=True, works=works)

    @precondition(lambda self: self.town.creditable())
    @rule(which=NTH, tells=USUALLY, works=USUALLY)
    def credit(self, which: int, tells: bool, works: bool) -> None:
        """A credit CDR takes back a whole bill, which we may have or not."""
        stay, bill = nth(self.town.creditable(), which)
        credit = stay.bill(self.town.clock.now(), f"CR{self.town.next_number()}", taking_back=bill["id"])
        self._write(stay.charge_id, credit, tells=tells, works=works)

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, bill=NTH)
    def bill_again(self, which: int, bill: int) -> None:
        """Any CDR once more, the same."""
        stay = nth(self.town.billed(), which)
        again = nth(stay.bills, bill)

        async def part() -> None:
            await self.town.push_bill(again)
            self.town.ledgers[stay.charge_id].take(again)
            await self.town.drain()

        self.play(part())

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, bill=NTH, more=st.integers(1, 30))
    def changed_bill(self, which: int, bill: int, more: int) -> None:
        """A CDR that we have, with another content under the same id: refused, and nothing moves."""
        stay = nth(self.town.billed(), which)
        known = [each for each in stay.bills if each["id"] in self.town.ledgers[stay.charge_id].bills]
        if not known:
            return
        first = nth(known, bill)
        changed = first | {"total_cost": {"excl_vat": first["total_cost"]["excl_vat"] + more}}

        async def part() -> None:
            assert await self.town.push_bill(changed) == TWO_THOUSAND_AND_ONE
            await self.town.drain()

        self.play(part())

    def _write(self, charge_id: str, bill: Json, *, tells: bool, works: bool) -> None:
        """Let the partner write a CDR, and tell us of it or leave it to be pulled."""
        self.town.operator.stays[charge_id].bills.append(bill)

        async def part() -> None:
            if tells:
                await self.town.push_bill(bill)
                self.town.ledgers[charge_id].take(bill)
            if works:
                await self.town.drain()

        self.play(part())
