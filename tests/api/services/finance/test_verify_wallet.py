"""The verification of charges that a wallet pays for, and the proof with them."""

import pytest

from api.domain.finance.payer import Payer
from api.domain.roaming.session import SessionStatus
from api.services.deferral import Job
from api.services.finance.proof import prove
from api.services.finance.verify import verify_ledger
from tests.bench import Bench
from tests.builders import a_cdr, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_quote, start
from tests.wallets import top_up


async def differing(bench: Bench) -> dict[str, object]:
    """Return the first rows of each check that finds a difference."""
    async with bench.work() as db:
        return {each.name: each.first for each in await verify_ledger(db=db) if not each.holds_true}


@pytest.mark.parametrize(("cost", "captured", "beside"), [("7.80", 928, 0), ("60", 5000, 2140), ("0", 0, 0)])
async def test_a_charge_paid_by_a_wallet_verifies(bench: Bench, cost: str, captured: int, beside: int) -> None:
    """A reservation is a hold, what is spent its capture, and the rest is paid beside it; all of it adds up."""
    await top_up(bench, 20000)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.WALLET)
    await bench.run(Job.PLACE_HOLD, Job.SEND_START)
    await push_session(bench, a_session(charge))
    assert set(await differing(bench)) <= {"nothing_left"}, "a reservation that stands is in order"

    over = a_session(charge, kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)
    await push_cdr(bench, a_cdr(charge, cost=cost))
    await bench.drain()

    assert await differing(bench) == {}
    async with bench.work() as db:
        (proof,) = await prove(db=db)
    assert proof.holds_true, proof
    assert (proof.captured, proof.paid_beside) == (captured, beside)
