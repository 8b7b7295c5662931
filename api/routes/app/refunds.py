"""What went back of a charge, for its driver."""

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Work
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, example, signed_in, utc
from api.services.charging.refund_view import RefundView, refunds_of_charge

router = APIRouter(tags=["Charging"])


class ShownRefund(Shape):
    """One refund to the card, or in another way where the card did not take it."""

    id: str
    amount: Amount
    state: str = Field(description="`in_review`, `ordered`, `sent`, `delayed`, `paid_otherwise`; new values may come.")
    text: str = Field(description="The state in words, in the driver's language.")
    created_at: Moment
    expected_by: Moment | None = Field(description="When ten bank days are over; null: it is not on its way.")


class Refunds(Shape):
    """All refunds of one charge, oldest first."""

    model_config = example(
        {
            "charging_session_id": "chs_0a1b",
            "refunds": [
                {
                    "id": "rfd_17aa",
                    "amount": {"amount_minor": 500, "currency": "EUR"},
                    "state": "sent",
                    "text": "Your refund is on its way to your card.",
                    "created_at": "2026-03-02T12:00:00Z",
                    "expected_by": "2026-03-16T12:00:00Z",
                }
            ],
        }
    )
    charging_session_id: str
    refunds: list[ShownRefund]


@router.get(
    "/charging-sessions/{charging_session_id}/refunds",
    operation_id="getChargingSessionRefunds",
    summary="Show what went back of a charge",
    response_model=Refunds,
    responses=signed_in(unknown_charging_session=404),
)
async def get_refunds(charging_session_id: PublicId, work: Work, driver: CurrentDriver) -> Refunds:
    """Return every refund with where it stands and by when the bank should show it."""
    async with work() as db:
        found = await refunds_of_charge(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    return Refunds(charging_session_id=charging_session_id, refunds=[_shown(each) for each in found])


def _shown(view: RefundView) -> ShownRefund:
    return ShownRefund(
        id=view.refund_id,
        amount=Amount.of(view.amount),
        state=view.step,
        text=view.text,
        created_at=view.created_at,
        expected_by=utc(view.expected_by),
    )
