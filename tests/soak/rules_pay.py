"""Rules of drivers' other ways to pay: the rest of a bill by card, wallets, a higher hold, a hold used again."""

import contextlib
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.models.driver import Driver
from api.services.charging.extend import ExtensionInvalid, HoldNotExtendable, extend_hold
from api.services.charging.pay_rest import NothingToPay, PaymentInProgress, pay_rest
from api.services.charging.payers import ReceivableOpen, WalletCannotPay
from api.services.charging.run_payin import run_payin
from api.services.charging.start import ConnectorBusy, DriverBusy
from api.services.payments.availability import PaymentUnavailable
from api.services.payments.payins import PayinMethod, PayinSource
from api.services.wallet.account import standing_of
from api.services.wallet.top_up import request_top_up
from tests.fakes import SimulatedCrash
from tests.soak.base import NTH, USUALLY, nth
from tests.soak.rules_charge import KW, KWH, ChargeRules
from tests.soak.town import EVSES

REFUSED = (DriverBusy, ConnectorBusy, WalletCannotPay, ReceivableOpen, PaymentUnavailable)
ODD_CARDS = st.sampled_from(["pm_card_pendingRefund", "pm_sandbox_refundPendingThenFails", "pm_sandbox_incremental"])
LEAST_FOR_START = 5000
"""What must be in a wallet for a start, in cents."""
_OWING = """
SELECT id, driver_id FROM charging_session WHERE (state->'receivable'->>'minor')::bigint > 0 ORDER BY created_at, id
"""


class PayRules(ChargeRules):
    """How drivers pay but for the plain hold."""

    @rule(evse=st.sampled_from(EVSES), kwh=KWH, card=ODD_CARDS, leaves=st.booleans())
    def odd_card(self, evse: str, kwh: int, card: str, leaves: bool) -> None:
        """A charge begins on a card whose refunds take time or fail, or whose hold can be raised; it may end."""
        self.set_out(evse, kwh, card=card)
        self._leaves(leaves)

    @precondition(lambda self: self.tells)
    @rule(evse=st.sampled_from(EVSES), kwh=KWH)
    def card_that_fails_later(self, evse: str, kwh: int) -> None:
        """A charge on a card whose refunds look done and come back; only an event tells."""
        self.set_out(evse, kwh, card="pm_card_refundFail")
        self._leaves(True)

    @rule(evse=st.sampled_from(EVSES), kwh=KWH)
    def visit(self, evse: str, kwh: int) -> None:
        """A charge from its begin to its bill."""
        self.set_out(evse, kwh)
        self._leaves(True)

    def _leaves(self, wanted: bool) -> None:
        """Let the newest car leave and be billed."""
        if not wanted or not self.town.charging():
            return
        stay = self.town.charging()[-1]
        stay.ended_at = self.town.clock.now()
        stay.bills.append(stay.bill(stay.ended_at, f"CDR{self.town.next_number()}"))

        async def part() -> None:
            await self.town.push_session(stay)
            await self.town.push_bill(stay.bills[-1])
            self.town.ledgers[stay.charge_id].take(stay.bills[-1])
            await self.town.drain()

        self.play(part())

    @precondition(lambda self: self.town.billed())
    @rule(which=NTH, works=USUALLY)
    def pay_the_rest(self, which: int, works: bool) -> None:
        """A driver pays what the hold did not cover."""

        async def part() -> None:
            owing = await self.town.rows(_OWING)
            if not owing:
                return
            row = nth(owing, which)
            with contextlib.suppress(NothingToPay, PaymentInProgress, SimulatedCrash):
                await pay_rest(
                    work=self.town.work, ports=self.town.ports, charging_session_id=row["id"],
                    driver_id=row["driver_id"], method=PayinMethod.CARD, source=PayinSource.DRIVER,
                )  # fmt: skip
            if works:
                await self.town.drain()

        self.play(part())

    @rule(which=st.integers(0, 1), amount=st.sampled_from([1000, 6000, 20000]))
    def top_up(self, which: int, amount: int) -> None:
        """A driver puts money into the wallet."""

        async def part() -> None:
            await self._top_up(await self._saver(which), amount)
            await self.town.drain()

        self.play(part())

    async def _saver(self, which: int) -> Driver:
        """Return one of the drivers with a wallet."""
        return await self.town.driver("pm_card_visa", 1000 + which)

    async def _fill(self, driver: Driver) -> None:
        """Top a wallet up that has too little for a start."""
        async with self.town.work() as db:
            has = await standing_of(db=db, driver_id=driver.id, currency="EUR")
        if has.available.minor < LEAST_FOR_START:
            await self._top_up(driver, 6000)

    async def _top_up(self, driver: Driver, amount: int) -> None:
        async with self.town.work() as db:
            _, call = await request_top_up(
                db=db, ports=self.town.ports, now=self.town.clock.now(), driver=driver, amount=Money(amount, "EUR"),
                method=PayinMethod.CARD,
            )  # fmt: skip
        with contextlib.suppress(SimulatedCrash):
            await run_payin(work=self.town.work, ports=self.town.ports, operation_id=call.id)

    @rule(which=st.integers(0, 1), evse=st.sampled_from(EVSES), kwh=KWH, leaves=st.booleans())
    def charge_from_wallet(self, which: int, evse: str, kwh: int, leaves: bool) -> None:
        """A charge begins that a wallet pays for, if it can; it ends or goes on."""
        self.set_out(evse, kwh, saver=which)
        self._leaves(leaves)

    @precondition(lambda self: self.town.charging())
    @rule(which=NTH, more=st.sampled_from([1000, 5000]), works=USUALLY)
    def raise_hold(self, which: int, more: int, works: bool) -> None:
        """A driver agrees to a higher hold, which few cards allow."""
        charge_id = nth(self.town.charging(), which).charge_id

        async def part() -> None:
            charge = await self.town.charge(charge_id)
            with contextlib.suppress(HoldNotExtendable, ExtensionInvalid):
                async with self.town.work() as db:
                    await extend_hold(
                        db=db, ports=self.town.ports, now=self.town.clock.now(), driver_id=charge.driver_id,
                        charging_session_id=charge.id, consent_amount_minor=charge.hold_minor + more,
                        consent_currency="EUR",
                    )  # fmt: skip
                self.town.troubled.add(charge.id)  # a raise may come too late for its bill
            if works:
                await self.town.drain()

        self.play(part())

    @rule(evse=st.sampled_from(EVSES), kwh=KWH, liar=st.booleans(), result=st.sampled_from(["REJECTED", "FAILED"]))
    def try_again(self, evse: str, kwh: int, liar: bool, result: str) -> None:
        """A start fails and its driver tries again at once: one intent, one hold, though the first car may charge."""

        async def part() -> None:
            driver = await self.town.driver("pm_card_visa", 2 + self.town.next_number())
            try:
                failed = await self.town.tap(driver, evse)
            except REFUSED:
                return
            self.town.troubled.add(failed)
            await self.town.drain()
            for start in [each for each in self.town.startable() if each.charge_id == failed]:
                await self.town.push("POST", start.path, {"result": result})
                await self.town.drain()
                passed = await self._again(driver, evse, failed, kwh)
                if passed and liar:
                    self.plugged_in(start, kwh)
                elif result == "REJECTED":
                    self.town.operator.refused.add(failed)

        self.play(part())

    async def _again(self, driver: Driver, evse: str, failed: str, kwh: int) -> bool:
        """Tap once more, and charge; say whether the hold was used again."""
        before = await self.town.charge(failed)
        stands = (before.status, before.hold_status) == ("start_failed", "placed")
        try:
            again = await self.town.tap(driver, evse)
        except REFUSED:
            return False
        await self.town.drain()
        if stands:
            intents = [each for each in self.house.listed("payment_intents")
                       if each["customer"] == driver.processor_customer_id]  # fmt: skip
            assert len(intents) == 1, f"{failed} was tried again as {again} with {len(intents)} intents"
        await self.accepted(again, kwh)
        return stands

    def set_out(self, evse: str, kwh: int, *, card: str = "pm_card_visa", saver: int | None = None) -> None:
        """Let a charge begin as nearly all do."""

        async def part() -> None:
            if saver is None:
                driver, payer = await self.town.driver(card, 2 + self.town.next_number()), None
            else:
                driver, payer = await self._saver(saver), Payer.WALLET
                await self._fill(driver)
            try:
                charge_id = await self.town.tap(driver, evse, payer)
            except REFUSED:
                return
            await self.town.drain()
            await self.accepted(charge_id, kwh)

        self.play(part())

    async def accepted(self, charge_id: str, kwh: int) -> None:
        """Let the charger accept a start that reached it, and the car take some energy."""
        for start in [each for each in self.town.startable() if each.charge_id == charge_id]:
            await self.town.push("POST", start.path, {"result": "ACCEPTED"})
            stay = self.plugged_in(start, kwh)
            await self.town.time_passes(timedelta(hours=kwh / KW))
            await self.town.push_session(stay)
            await self.town.drain()
