"""Credit notes for money given back: once a cause, never above the receipt, and none for what is credited already."""

from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.finance import Receipt
from api.services.finance.credit_notes import CreditAboveReceipt, NothingToCredit, issue_credit_note
from tests.bench import Bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge

S = ChargingStatus


def eur(minor: int) -> Money:
    """Return cents."""
    return Money(minor, "EUR")


async def credit(bench: Bench, charge: ChargingSession, minor: int, refund: str = "rfd_1", **fields: Any) -> Receipt:
    """Give money back."""
    values: dict[str, Any] = {"amount": eur(minor), "vat": None, "reason": "refund", "cause": ("refund", refund)}
    async with bench.work() as db:
        now = bench.clock.now()
        return await issue_credit_note(
            db=db, ports=bench.ports, now=now, charging_session_id=charge.id, **(values | fields)
        )


async def count(bench: Bench) -> int:
    """Return how many credit notes there are."""
    return int(await bench.value("SELECT count(*) FROM receipt WHERE kind = 'credit_note'"))


@pytest.mark.capability("L8")
async def test_a_refund_has_a_note_with_its_share_of_the_tax(bench: Bench) -> None:
    """5.00 of 9.28 with 1.48 tax are 4.20 and 0.80; a given tax is taken as given."""
    charge = await a_charge(bench, S.SETTLED)

    note = await credit(bench, charge, 500)
    other = await credit(bench, charge, 200, "rfd_2", vat=eur(32))

    assert (note.document["net_minor"], note.document["vat_minor"]) == (420, 80)
    assert (other.document["net_minor"], other.document["vat_minor"]) == (168, 32)
    assert note.document["credits"]["id"] == other.credits_id


async def test_a_cause_writes_once(bench: Bench) -> None:
    """Asked again, the same note is returned."""
    charge = await a_charge(bench, S.SETTLED)
    first = await credit(bench, charge, 500)
    assert (await credit(bench, charge, 500)).id == first.id
    assert await count(bench) == 1


async def test_no_more_is_credited_than_was_billed(bench: Bench) -> None:
    """All notes together never exceed the receipt; all of it is fine."""
    charge = await a_charge(bench, S.SETTLED)
    await credit(bench, charge, 500)
    with pytest.raises(CreditAboveReceipt):
        await credit(bench, charge, 429, "rfd_2")
    await credit(bench, charge, 428, "rfd_3")
    assert await count(bench) == 2


async def test_without_a_receipt_there_is_nothing_to_credit(bench: Bench) -> None:
    """A charge that is not settled has no receipt to point to."""
    charge = await a_charge(bench, S.ENDED)
    with pytest.raises(NothingToCredit):
        await credit(bench, charge, 100)


async def test_a_gift_before_a_fall_does_not_hide_the_fall(bench: Bench) -> None:
    """1.00 was given back; the bill then fell by 6.90: both are credited, the bill is compared with the bill."""
    charge = await a_charge(bench, S.SETTLED)
    await credit(bench, charge, 100)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="2.00"))
    await bench.drain()
    notes = await bench.rows("SELECT total_minor FROM receipt WHERE kind = 'credit_note' ORDER BY revision")
    assert [row.total_minor for row in notes] == [100, 690]


async def test_a_gift_and_a_fall_together_take_back_no_more_than_was_billed(bench: Bench) -> None:
    """8.00 were given back of 9.28; the bill then fell by 6.90: only the last 1.28 are left to credit."""
    charge = await a_charge(bench, S.SETTLED)
    await credit(bench, charge, 800)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="2.00"))
    await bench.drain()
    notes = await bench.rows("SELECT total_minor FROM receipt WHERE kind = 'credit_note' ORDER BY revision")
    assert [row.total_minor for row in notes] == [800, 128]
