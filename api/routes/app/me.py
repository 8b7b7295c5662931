"""The signed-in driver's own account."""

from fastapi import APIRouter

from api.deps import CurrentDriver, Work
from api.routes.app.shapes import Moment, Shape, example, signed_in
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Account"])


class Me(Shape):
    """The driver as the app shows them to themselves."""

    model_config = example(
        {
            "id": "drv_2b7e",
            "email": "ada@example.com",
            "name": "Ada",
            "language": "en",
            "contract_id": "DE-CHH-CA2B3C4D5-V",
            "has_card": True,
            "created_at": "2026-03-02T09:00:00Z",
        }
    )
    id: str
    email: str
    name: str
    language: str
    contract_id: str
    has_card: bool
    created_at: Moment


@router.get("/me", operation_id="getMe", summary="Show the signed-in driver", response_model=Me, responses=signed_in())
async def get_me(work: Work, driver: CurrentDriver) -> Me:
    """Return the account behind the access token."""
    async with work() as db:
        row = await driver_by_id(db, driver.driver_id)
    return Me(
        id=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        contract_id=row.contract_id,
        has_card=row.payment_method_id is not None,
        created_at=row.created_at,
    )
