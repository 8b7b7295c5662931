"""Finding out what became of a hold whose outcome is unknown: the same request with the same key, or a look."""

from sqlmodel import select

from api.models.payment import HoldRow
from api.ports import Ports
from api.services.charging.move_money import look_at_hold, run_operation
from api.services.payments.operations import OperationKind, unfinished_operation
from api.services.work import Work


async def resolve_hold(*, work: Work, ports: Ports, charging_session_id: str) -> None:
    """Resume the placement of a charge's hold, or look at the hold if nothing is under way."""
    async with work() as db:
        hold = (await db.exec(select(HoldRow).where(HoldRow.charging_session_id == charging_session_id))).one()
        operation = await unfinished_operation(db=db, hold_id=hold.id, kind=OperationKind.PLACE)
    if operation is not None:
        await run_operation(work=work, ports=ports, operation_id=operation.id)
    elif hold.payment_intent_id:
        await look_at_hold(work=work, ports=ports, payment_intent_id=hold.payment_intent_id, source="sweep")
