"""Removing a saved card: no charge loses the card it stands on, and what began is finished."""

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.finance.accounts import JournalKind
from api.domain.finance.ledger import Income, receivable_changed
from api.models.card import SavedCard
from api.services.deferral import Job
from api.services.drivers.cards import UnknownCard, choose_card
from api.services.drivers.cards_remove import CardInUse, sweep_removals
from api.services.drivers.queries import driver_by_id
from api.services.payments.ledger import book
from tests.api.services.drivers.card_hands import NOTHING, add, card_of_charge, cards, cards_at, driver, remove
from tests.bench import Bench
from tests.builders import a_driver
from tests.charges import a_charge

S = ChargingStatus


class TestRemoving:
    """A card is let go of once no charge needs it."""

    async def test_a_card_is_removed(self, bench: Bench) -> None:
        """It is gone for the driver at once, at the processor by a job, and as the default."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        for _ in range(2):
            await remove(bench, card)
        assert await cards(bench) == []
        assert (await driver(bench)).payment_method_id is None
        assert await bench.run(Job.REMOVE_CARD) == ["remove_card"]
        assert bench.payments.cards.owner(card.payment_method_id) is None
        assert await bench.value("SELECT state FROM card_operation WHERE kind = 'remove'") == "done"
        async with bench.work() as db:
            with pytest.raises(UnknownCard):
                await choose_card(db=db, driver_id="drv_1", card_id=card.id)

    @pytest.mark.parametrize("trouble", ["lose_answer", "break_before", "fail_for_good"])
    async def test_the_sweep_finishes_it(self, bench: Bench, trouble: str) -> None:
        """A removal whose answer is missing is asked for again until it is done."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        await remove(bench, card)
        getattr(cards_at(bench), trouble)("remove_card")
        await bench.run(Job.REMOVE_CARD)
        assert await bench.value("SELECT state FROM card_operation WHERE kind = 'remove'") == "unknown"
        bench.clock.advance(3600)
        assert await sweep_removals(work=bench.work, ports=bench.ports) == 1
        await bench.run(Job.REMOVE_CARD)
        assert bench.payments.cards.owner(card.payment_method_id) is None
        assert await bench.value("SELECT state FROM card_operation WHERE kind = 'remove'") == "done"
        assert await sweep_removals(work=bench.work, ports=bench.ports) == 0

    @pytest.mark.parametrize(
        ("status", "reason"), [(S.AWAITING_DRIVER, "live_hold"), (S.CHARGING, "live_hold"), (S.ENDED, "live_hold")]
    )
    async def test_payments_27_a_live_hold_keeps_its_card(
        self, bench: Bench, status: ChargingStatus, reason: str
    ) -> None:
        """While money is held on it, a card cannot be removed; the driver is told which charge needs it."""
        charge = await a_charge(bench, status)
        card = await card_of_charge(bench, charge.id)
        with pytest.raises(CardInUse) as caught:
            await remove(bench, card)
        assert caught.value.facts == {"reason": reason, "charging_session_id": charge.id}
        assert len(await cards(bench)) == 1
        assert await bench.rows("SELECT 1 FROM card_operation WHERE kind = 'remove'") == []

    async def test_a_charge_without_its_bill_keeps_its_card(self, bench: Bench) -> None:
        """A hold may be gone before the bill came: the card is still needed for it."""
        charge = await a_charge(bench, S.ENDED)
        card = await card_of_charge(bench, charge.id)
        await bench.rows("UPDATE hold SET status = 'expired' RETURNING id")
        with pytest.raises(CardInUse) as caught:
            await remove(bench, card)
        assert caught.value.facts["reason"] == "charge_open"

    async def test_what_is_owed_keeps_its_card(self, bench: Bench) -> None:
        """A settled charge of which a part is unpaid still needs the card; once it is paid, it does not."""
        charge = await a_charge(bench, S.CHARGING)
        card = await card_of_charge(bench, charge.id)
        await bench.rows("UPDATE charging_session SET status = 'settled' RETURNING id")
        await bench.rows("UPDATE hold SET status = 'captured' RETURNING id")
        await _book_receivable(bench, charge.id, 700)
        with pytest.raises(CardInUse) as caught:
            await remove(bench, card)
        assert caught.value.facts["reason"] == "owed"
        await _book_receivable(bench, charge.id, -700)
        await remove(bench, card)

    async def test_a_settled_charge_lets_its_card_go(self, bench: Bench) -> None:
        """After the capture nothing needs the card any more."""
        charge = await a_charge(bench, S.SETTLED)
        card = await card_of_charge(bench, charge.id)
        await remove(bench, card)
        assert await cards(bench) == []

    async def test_a_hold_placed_in_between_is_waited_for(self, bench: Bench) -> None:
        """A tap that raced the removal has its hold; the processor lets go of the card when that hold ended."""
        await a_driver(bench, **NOTHING)
        card = await add(bench)
        await remove(bench, card)
        charge = await _charge_on(bench, card)
        await bench.run(Job.REMOVE_CARD)
        assert bench.payments.cards.owner(card.payment_method_id) is not None
        await bench.rows("UPDATE charging_session SET status = 'settled' WHERE id = :id RETURNING id", id=charge)
        await bench.rows("UPDATE hold SET status = 'released' RETURNING id")
        bench.clock.advance(3600)
        await sweep_removals(work=bench.work, ports=bench.ports)
        await bench.run(Job.REMOVE_CARD)
        assert bench.payments.cards.owner(card.payment_method_id) is None


async def _charge_on(bench: Bench, card: SavedCard) -> str:
    """Return a charge whose hold was written on a card just before the card was removed."""
    await bench.rows("UPDATE driver SET payment_method_id = :card RETURNING id", card=card.payment_method_id)
    bench.kept.clear()
    async with bench.work() as db:
        bench.kept["drv_1"] = await driver_by_id(db, "drv_1")
    charge = await a_charge(bench, S.AWAITING_HOLD)
    return charge.id


async def _book_receivable(bench: Bench, charging_session_id: str, minor: int) -> None:
    """Book what the driver owes for a charge, or that it was paid."""
    async with bench.work() as db:
        await book(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            kind=JournalKind.RECEIVABLE_RAISED if minor > 0 else JournalKind.RECEIVABLE_LOWERED,
            cause=("test", charging_session_id),
            postings=receivable_changed("drv_1", Income(minor, 0, 0), "EUR"),
            charging_session_id=charging_session_id,
        )
