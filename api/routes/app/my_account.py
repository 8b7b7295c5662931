"""The signed-in driver's password, address and devices."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.routes.app.accounts import MailUnderWay
from api.routes.app.guards import Caller
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.routes.app.sign_in import Email, Password
from api.services.accounts.change_email import ask_for_email
from api.services.accounts.passwords import change_password
from api.services.drivers.attempts import count_attempt, forgive_attempts, own_password
from api.services.drivers.devices import devices_of_driver, sign_out_device, sign_out_everywhere

router = APIRouter(tags=["Account"])


class PasswordChange(Shape):
    """The present password and the next."""

    model_config = example({"password": "a long sentence", "new_password": "another long sentence"})
    password: Password
    new_password: Password


class EmailChange(Shape):
    """The password, asked for again, and the new address."""

    model_config = example({"password": "a long sentence", "new_email": "ada@example.org"})
    password: Password
    new_email: Email


class ShownDevice(Shape):
    """A device on which the driver is signed in."""

    id: str
    name: str | None
    signed_in_at: Moment
    last_seen_at: Moment = Field(description="When it last changed its refresh token.")
    current: bool = Field(description="Whether it is the one that asks.")


class SignedInDevices(Shape):
    """All devices that are signed in, the last seen first."""

    model_config = example(
        {
            "devices": [
                {
                    "id": "fam_5e1f",
                    "name": "Ada's phone",
                    "signed_in_at": "2026-03-02T09:00:00Z",
                    "last_seen_at": "2026-03-05T17:40:00Z",
                    "current": True,
                }
            ]
        }
    )
    devices: list[ShownDevice]


@router.post(
    "/me/password",
    operation_id="changePassword",
    summary="Change the password",
    status_code=204,
    responses=signed_in(driver_gone=401, password_wrong=403, weak_password=422, too_many_attempts=429),
)
async def post_password(body: PasswordChange, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> Response:
    """Change the password; other devices are signed out, and the account's address is told."""
    limits = own_password(driver.driver_id)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)
    await change_password(
        work=work,
        ports=ports,
        now=now,
        driver_id=driver.driver_id,
        family_id=driver.family_id,
        password=body.password,
        new_password=body.new_password,
    )
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    return Response(status_code=204)


@router.post(
    "/me/email",
    operation_id="changeEmail",
    summary="Change the e-mail address",
    status_code=202,
    response_model=MailUnderWay,
    responses=signed_in(driver_gone=401, password_wrong=403, too_many_attempts=429),
)
async def post_email(
    body: EmailChange, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver, caller: Caller
) -> MailUnderWay:
    """Mail a link to the new address; once it is followed the old address is told, with a link that undoes it."""
    limits = own_password(driver.driver_id)
    await count_attempt(work=work, policy=ports.policy, now=now, limits=limits)
    await ask_for_email(
        work=work,
        ports=ports,
        now=now,
        driver_id=driver.driver_id,
        password=body.password,
        new_email=body.new_email,
        caller=caller,
    )
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    return MailUnderWay()


@router.get(
    "/me/devices",
    operation_id="listDevices",
    summary="List the devices that are signed in",
    response_model=SignedInDevices,
    responses=signed_in(),
)
async def get_devices(work: Work, now: Now, driver: CurrentDriver) -> SignedInDevices:
    """Return where the driver is signed in."""
    async with work() as db:
        rows = await devices_of_driver(db=db, now=now, driver_id=driver.driver_id)
    return SignedInDevices(
        devices=[
            ShownDevice(
                id=row.id,
                name=row.name,
                signed_in_at=row.created_at,
                last_seen_at=row.last_seen_at,
                current=row.id == driver.family_id,
            )
            for row in rows
        ]
    )


@router.delete(
    "/me/devices/{device_id}",
    operation_id="signOutDevice",
    summary="Sign out one device",
    status_code=204,
    responses=signed_in(unknown_device=404),
)
async def delete_device(device_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> Response:
    """End a device's session; what it was given lives on for minutes at the most."""
    async with work() as db:
        await sign_out_device(db=db, now=now, driver_id=driver.driver_id, device_id=device_id)
    return Response(status_code=204)


@router.delete(
    "/me/devices",
    operation_id="signOutDevices",
    summary="Sign out all devices",
    status_code=204,
    responses=signed_in(),
)
async def delete_devices(work: Work, now: Now, driver: CurrentDriver, keep_current: bool = True) -> Response:  # noqa: FBT001, FBT002 - a query parameter
    """End the sessions of all other devices, or with `keep_current=false` of this one too."""
    but = driver.family_id if keep_current else None
    async with work() as db:
        await sign_out_everywhere(db=db, now=now, driver_id=driver.driver_id, but=but)
    return Response(status_code=204)
