"""What keeps an account from being erased: a charge that runs, and money that has not found its end."""

from sqlalchemy import bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import FINAL, HOLD_ENDED
from api.domain.support.complaint import ComplaintState
from api.ports.settlement import DisputeStatus
from api.services.payments.operations import UNFINISHED
from api.services.payments.payins import OPEN

_OPEN_DISPUTES = (
    DisputeStatus.INQUIRY, DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.OTHER
)  # fmt: skip
_OPEN_REFUNDS = ("awaiting_approval", "ordered", "pending")
_OPEN_COMPLAINTS = (ComplaintState.WAITING, ComplaintState.APPROVAL)
"""Those that are decided soon, by a rule or a second person; what goes back needs somebody to go to."""
_MINE = "(SELECT id FROM charging_session WHERE driver_id = :driver)"
_QUESTIONS = {
    "charge_live": ("SELECT 1 FROM charging_session WHERE driver_id = :driver AND status NOT IN :ends", FINAL),
    "hold_open": ("SELECT 1 FROM hold WHERE driver_id = :driver AND status NOT IN :ends", HOLD_ENDED),
    "payment_open": ("SELECT 1 FROM payin WHERE driver_id = :driver AND status IN :ends", OPEN),
    "payout_open": ("SELECT 1 FROM wallet_payout WHERE driver_id = :driver AND state IN :ends", UNFINISHED),
    "refund_open": (f"SELECT 1 FROM refund WHERE charging_session_id IN {_MINE} AND state IN :ends", _OPEN_REFUNDS),  # noqa: S608 - our own words
    "dispute_open": (
        f"SELECT 1 FROM dispute WHERE charging_session_id IN {_MINE} AND status IN :ends",  # noqa: S608 - our own words
        _OPEN_DISPUTES,
    ),
    "complaint_open": (
        "SELECT 1 FROM complaint WHERE driver_id = :driver AND charging_session_id IS NOT NULL AND state IN :ends",
        _OPEN_COMPLAINTS,
    ),
}
_BALANCE = text(
    "SELECT a.name FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id WHERE a.owner = :driver"
    " GROUP BY a.id, a.name, e.layer HAVING sum(e.amount_minor) <> 0 LIMIT 1"
)


async def open_matters(*, db: AsyncSession, driver_id: str) -> list[str]:
    """Return what is still open for a driver, as codes; empty: nothing. A wallet with money in it is ``money_open``."""
    connection, found = await db.connection(), []
    for code, (question, ends) in _QUESTIONS.items():
        query = text(f"{question} LIMIT 1").bindparams(bindparam("ends", expanding=True))
        if (await connection.execute(query, {"driver": driver_id, "ends": [str(each) for each in ends]})).first():
            found.append(code)
    if (await connection.execute(_BALANCE, {"driver": driver_id})).first():
        found.append("money_open")
    return found
