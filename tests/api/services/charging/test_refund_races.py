"""Several who give the same money back at once, over real parallel connections: never more than was taken."""

import asyncio

from api.services.deferral import Job
from tests.api.services.charging.given_back import (
    a_credit_cdr,
    books,
    credit,
    euro,
    paid,
    pause_ends,
    refund_rows,
    refunds,
    state,
)
from tests.bench import Bench


async def test_staff_and_a_credit_cdr_at_once_never_give_back_more_than_was_taken(bench: Bench) -> None:
    """Both want everything back at the same moment: each waits for the lock, the second sees what is left (mode 24)."""
    charge = await paid(bench)

    async def partner() -> None:
        await a_credit_cdr(bench, charge, 1, "20.00")
        await bench.run(Job.SETTLE)

    results = await asyncio.gather(credit(bench, charge, None), partner(), return_exceptions=True)
    await bench.drain()
    await pause_ends(bench, charge)

    assert sum(one.amount.minor for one in refunds(bench).refunds) == 2380, results
    assert (await books(bench, charge)).get("psp_clearing", 0) == 0


async def test_fifty_requests_at_once_never_exceed_what_was_captured(bench: Bench) -> None:
    """Fifty parallel credits of 1.00 on 23.80 paid: twenty-three go through, whatever the order (mode 23)."""
    charge = await paid(bench)
    connections = asyncio.Semaphore(15)

    async def one() -> object:
        async with connections:
            return await credit(bench, charge, 100)

    results = await asyncio.gather(*(one() for _ in range(50)), return_exceptions=True)
    await bench.drain()

    granted = [each for each in results if not isinstance(each, BaseException)]
    assert len(granted) == 23
    assert {str(getattr(each, "code", each)) for each in results if isinstance(each, BaseException)} == {
        "credit_too_large"
    }
    assert sum(one.amount.minor for one in refunds(bench).refunds) == 2300
    assert sum(row.amount_minor for row in await refund_rows(bench)) == 2300
    ordered_back = (await state(bench, charge)).ordered_back
    assert ordered_back == euro(2300)
    assert await books(bench, charge) == {"psp_clearing": 80, "revenue": -67, "vat": -13}
