"""A copy of the driver's data, and leaving: GDPR's rights as operations."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.account import DataExport
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.routes.app.sign_in import Password
from api.services.accounts.erase import ask_for_erasure, keep_account
from api.services.accounts.export import ask_for_export, download_url, export_of_driver
from api.services.drivers.attempts import count_attempt, forgive_attempts, own_password

router = APIRouter(tags=["Account"])
_EXPORTS = "/me/exports"


class Export(Shape):
    """A copy of all data about the driver: a ZIP with JSON and CSV."""

    model_config = example(
        {
            "id": "exp_31aa",
            "status": "ready",
            "requested_at": "2026-03-02T09:00:00Z",
            "ready_at": "2026-03-02T09:00:20Z",
            "expires_at": "2026-03-03T09:00:20Z",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "download_url": "https://example.com/account/exports/exp_31aa.1772445620.9f86",
            "download_until": "2026-03-02T10:00:20Z",
            "url": "/v1/me/exports/exp_31aa",
        }
    )
    id: str
    status: str = Field(description="`making`, `ready` or `expired`; new values may come.")
    requested_at: Moment
    ready_at: Moment | None
    expires_at: Moment | None = Field(description="When the copy is deleted, a day after it was made.")
    sha256: str | None
    download_url: str | None = Field(description="Opens without signing in, for an hour; ask again for another.")
    download_until: Moment | None
    url: str


class ErasureRequest(Shape):
    """The password, asked for again."""

    model_config = example({"password": "a long sentence"})
    password: Password


class Erasure(Shape):
    """When the account is erased."""

    model_config = example({"erased_at": "2026-03-16T09:00:00Z"})
    erased_at: Moment = Field(description="Until then `DELETE /me/erasure`, or the mailed link, keeps the account.")


@router.post(
    _EXPORTS,
    operation_id="requestExport",
    summary="Ask for a copy of all data",
    status_code=202,
    response_model=Export,
    responses=signed_in(),
)
async def post_export(response: Response, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> Export:
    """Have a copy made; the driver is told by a notice and a mail. Asked again, it is the same copy for a day."""
    async with work() as db:
        row = await ask_for_export(db=db, ports=ports, now=now, driver_id=driver.driver_id)
    response.headers["Location"] = f"/v1{_EXPORTS}/{row.id}"
    return _shown(row, ports, now)


@router.get(
    f"{_EXPORTS}/{{export_id}}",
    operation_id="getExport",
    summary="Look whether the copy is ready",
    response_model=Export,
    responses=signed_in(unknown_export=404),
)
async def get_export(
    export_id: PublicId, response: Response, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> Export:
    """Return how far the copy is, and once it is ready a link to it."""
    async with work() as db:
        row = await export_of_driver(db=db, driver_id=driver.driver_id, export_id=export_id)
    response.headers["Cache-Control"] = "no-store"
    return _shown(row, ports, now)


@router.post(
    "/me/erasure",
    operation_id="requestErasure",
    summary="Delete the account",
    status_code=202,
    response_model=Erasure,
    responses=signed_in(driver_gone=401, password_wrong=403, erasure_refused=409, too_many_attempts=429),
)
async def post_erasure(body: ErasureRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> Erasure:
    """Set the day on which the account is erased; refused while a charge runs or money is open."""
    limits = own_password(driver.driver_id)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)
    row = await ask_for_erasure(work=work, ports=ports, now=now, driver_id=driver.driver_id, password=body.password)
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    return Erasure(erased_at=row.closing_at or now)


@router.delete(
    "/me/erasure",
    operation_id="undoErasure",
    summary="Keep the account",
    status_code=204,
    responses=signed_in(),
)
async def delete_erasure(work: Work, now: Now, driver: CurrentDriver) -> Response:
    """Undo the erasure that was asked for; without one nothing happens."""
    async with work() as db:
        await keep_account(db=db, now=now, driver_id=driver.driver_id)
    return Response(status_code=204)


def _shown(row: DataExport, ports: PortsDep, now: Now) -> Export:
    link = download_url(ports.policy, row, now=now)
    ready = "ready" if link else "expired"
    return Export(
        id=row.id,
        status=ready if row.ready_at else "making",
        requested_at=row.requested_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        sha256=row.sha256,
        download_url=link[0] if link else None,
        download_until=link[1] if link else None,
        url=f"/v1{_EXPORTS}/{row.id}",
    )
