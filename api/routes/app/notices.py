"""What we told the driver."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from api.deps import CurrentDriver, Work
from api.routes.app.shapes import Moment, Shape, example, signed_in
from api.services.notices.queries import notices_of_driver

router = APIRouter(tags=["Account"])


class Notice(Shape):
    """One message; the app has the words for `message`, `detail` holds the numbers in them."""

    id: str
    charging_session_id: str | None
    message: str = Field(description="New values may come.")
    detail: dict[str, Any]
    created_at: Moment
    read_at: Moment | None


class Notices(Shape):
    """The newest messages first."""

    model_config = example(
        {
            "notices": [
                {
                    "id": "ntc_5d5d",
                    "charging_session_id": "chs_0a1b",
                    "message": "please_unplug",
                    "detail": {},
                    "created_at": "2026-03-02T10:15:00Z",
                    "read_at": None,
                }
            ]
        }
    )
    notices: list[Notice]


@router.get(
    "/notices",
    operation_id="listNotices",
    summary="List what we told the driver",
    response_model=Notices,
    responses=signed_in(),
)
async def get_notices(work: Work, driver: CurrentDriver) -> Notices:
    """Return the newest fifty messages."""
    async with work() as db:
        rows = await notices_of_driver(db=db, driver_id=driver.driver_id)
    return Notices(
        notices=[
            Notice(
                id=row.id,
                charging_session_id=row.charging_session_id,
                message=row.message,
                detail=row.detail,
                created_at=row.created_at,
                read_at=row.read_at,
            )
            for row in rows
        ]
    )
