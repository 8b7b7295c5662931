"""The signed-in driver's own account: shown, and its settings changed."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from api.deps import CurrentDriver, Work
from api.models.driver import Driver
from api.routes.app.etags import IfMatch, IfNoneMatch, cache_headers, expect, matches
from api.routes.app.shapes import Moment, Shape, example, signed_in
from api.services.accounts.settings import change_settings
from api.services.drivers.cards import lock_driver
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Account"])
_KNOWN: dict[int | str, dict[str, Any]] = {304: {"description": "The app has it already."}}


class Me(Shape):
    """The driver as the app shows them to themselves."""

    model_config = example(
        {
            "id": "drv_2b7e",
            "account_number": "48210-93751",
            "status": "active",
            "email": "ada@example.com",
            "name": "Ada",
            "language": "en",
            "units": "metric",
            "time_zone": "Europe/Berlin",
            "contract_id": "DE-CHH-CA2B3C4D5-V",
            "has_card": True,
            "created_at": "2026-03-02T09:00:00Z",
            "closing_at": None,
        }
    )
    id: str
    account_number: str | None = Field(description="What to tell us on the phone; its last digit finds slips.")
    status: str = Field(description="`active`, or `pending` until the address is confirmed; new values may come.")
    email: str
    name: str
    language: str = Field(description="Of everything that we write: mails, receipts, texts in answers.")
    units: str = Field(description="`metric` or `imperial`, for the app's display; the API itself is metric.")
    time_zone: str | None = Field(description="IANA's name; null: the issuer's. Statements go by it.")
    contract_id: str
    has_card: bool
    created_at: Moment
    closing_at: Moment | None = Field(description="When the account is erased, if the driver asked for that.")


class MyChanges(Shape):
    """What to change; what is not named stays."""

    model_config = example({"language": "de", "units": "metric", "time_zone": "Europe/Berlin"})
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f<>]+$")] = "Ada"
    language: Literal["en", "de", "fr", "nb", "sv"] = "en"
    units: Literal["metric", "imperial"] = "metric"
    time_zone: Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$")] | None = None


@router.get(
    "/me",
    operation_id="getMe",
    summary="Show the signed-in driver",
    response_model=Me,
    responses=_KNOWN | signed_in(driver_gone=401),
)
async def get_me(
    response: Response, work: Work, driver: CurrentDriver, if_none_match: IfNoneMatch = None
) -> Me | Response:
    """Return the account behind the access token."""
    async with work() as db:
        me = _shown(await driver_by_id(db, driver.driver_id))
    headers = cache_headers(_etag(me))
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return me


@router.patch(
    "/me",
    operation_id="changeMe",
    summary="Change the driver's settings",
    response_model=Me,
    responses=signed_in(driver_gone=401, precondition_failed=412, unknown_time_zone=422, precondition_missing=428),
)
async def patch_me(
    body: MyChanges, response: Response, work: Work, driver: CurrentDriver, if_match: IfMatch = None
) -> Me:
    """Change name, language, units or time zone, if nothing was changed since the app read them (412)."""
    async with work() as db:
        await driver_by_id(db, driver.driver_id)
        row = await lock_driver(db=db, driver_id=driver.driver_id)
        await db.refresh(row)
        expect(if_match, _etag(_shown(row)))
        change_settings(db=db, driver=row, changes=body.model_dump(exclude_unset=True))
    me = _shown(row)
    response.headers.update(cache_headers(_etag(me)))
    return me


def _shown(row: Driver) -> Me:
    return Me(
        id=row.id,
        account_number=row.account_number,
        status=row.status,
        email=row.email,
        name=row.name,
        language=row.language,
        units=row.units,
        time_zone=row.time_zone,
        contract_id=row.contract_id,
        has_card=row.payment_method_id is not None,
        created_at=row.created_at,
        closing_at=row.closing_at,
    )


def _etag(me: Me) -> str:
    """Return the ETag of an account: of what is shown, whoever's access token it is shown to (A11)."""
    return f'"{hashlib.sha256(me.model_dump_json().encode()).hexdigest()[:32]}"'
