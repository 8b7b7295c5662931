"""What tests of charges by pass stand on: a card, what its partner tells of it, and the proof that all adds up."""

from typing import Any

from api.domain.roaming.cdr import Cdr
from api.domain.roaming.session import Session, SessionStatus
from api.domain.roaming.token import CdrToken, TokenType
from api.models.charging import ChargingSession
from api.services.finance.proof import Proof, prove
from api.services.roaming.passes import add_pass
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, a_session, after
from tests.charges import METERED
from tests.wallets import books_balance

CARD = CdrToken("card1", TokenType.RFID, "DE-CHH-drv_1")
OVER: dict[str, Any] = {
    "status": SessionStatus.COMPLETED,
    "ended_at": after(60),
    "last_updated": after(60),
    "kwh": METERED,
}
"""How a session ends."""
_POST = ChargingSession(token_uid="CARD1", location_id="LOC1", evse_uid="EVSE1", connector_id="1", id="none")  # type: ignore[call-arg]  # where a pass is shown: enough to report on
_UNEXPLAINED = "DELETE FROM procrastinate_jobs WHERE task_name = 'watch_price' RETURNING id"


async def a_pass(bench: Bench, uid: str = "CARD1", **driver: Any) -> None:
    """Give the default driver a pass, active at once."""
    await a_driver(bench, **driver)
    async with bench.work() as db:
        await add_pass(db=db, now=bench.clock.now(), driver_id="drv_1", uid=uid)


def session_by_pass(uid: str = "card1", **fields: Any) -> Session:
    """Return the partner's session of a pass, with a reference that we never gave."""
    token = CdrToken(uid, TokenType.RFID, "DE-CHH-drv_1")
    return a_session(_POST, **({"cdr_token": token, "authorization_reference": "aut_1"} | fields))


def cdr_by_pass(*, cost: str = "7.80", **fields: Any) -> Cdr:
    """Return the partner's CDR of the pass."""
    return a_cdr(_POST, cost=cost, **({"cdr_token": CARD} | fields))


async def charges(bench: Bench) -> list[ChargingSession]:
    """Return all charges, oldest first."""
    ids = await bench.rows("SELECT id FROM charging_session ORDER BY created_at, id")
    async with bench.work() as db:
        return [await db.get_one(ChargingSession, row.id) for row in ids]


async def the_charge(bench: Bench) -> ChargingSession:
    """Return the only charge there is."""
    (charge,) = await charges(bench)
    return charge


async def proven(bench: Bench) -> Proof:
    """Run what is left; return the proof that captured money equals the bills and no hold is left, once it is true."""
    await bench.drain()
    async with bench.work() as db:
        (proof,) = await prove(db=db)
    assert proof.holds_true, proof
    await books_balance(bench)
    return proof
