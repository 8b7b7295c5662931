"""The installed apps of the signed-in driver that pushes go to."""

import re
from typing import Annotated, Self

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints, model_validator

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.notice import PushDevice
from api.ports.push import Platform
from api.routes.app.shapes import Moment, Shape, example, signed_in
from api.services.notices.devices import devices_of, register_device, remove_device

router = APIRouter(tags=["Notices"])
_PATH = "/devices/{device_id}"
_DEVICE = {
    "id": "7d1f0c52-8f1b-4c38-9f0e-4f0d3c1a2b6e",
    "platform": "fcm",
    "language": "de",
    "off_because": "no_push_keys_set",
    "created_at": "2026-03-02T09:00:00Z",
    "updated_at": "2026-03-02T09:00:00Z",
}
DeviceId = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9_-]{8,64}$",
        description="A random id that the app made when it was installed.",
        examples=["7d1f0c52-8f1b-4c38-9f0e-4f0d3c1a2b6e"],
    ),
]
_Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,128}=*$")]
_TOKENS = {Platform.FCM: r"^[A-Za-z0-9_:.-]{16,4096}$", Platform.APNS: r"^[0-9A-Fa-f]{16,200}$"}


class BrowserKeys(Shape):
    """The keys of a browser's push subscription, as it spells them."""

    model_config = example({"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6", "auth": "BTBZMqHH6r4Tts7J_aSIgg"})
    p256dh: _Key
    auth: _Key


class DeviceRequest(Shape):
    """How an installed app is reached; send it again whenever the token or the language changes."""

    model_config = example({"platform": "fcm", "token": "fcm-registration-token", "language": "de", "keys": None})
    platform: Platform = Field(description="`fcm` (Android), `apns` (iOS) or `web_push` (browsers).")
    token: Annotated[str, StringConstraints(min_length=16, max_length=4096)] = Field(
        description="The FCM registration token, the APNs device token in hexadecimal, or the subscription's endpoint."
    )
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$")] = "en"
    keys: BrowserKeys | None = Field(default=None, description="Needed for `web_push`, and for nothing else.")

    @model_validator(mode="after")
    def fit_together(self) -> Self:
        """Raise ValueError for a token that the platform cannot have given."""
        if (self.keys is not None) != (self.platform is Platform.WEB_PUSH):
            raise ValueError("keys belong to web_push, and web_push needs them")
        pattern = _TOKENS.get(self.platform, r"^https://\S+$")
        if re.fullmatch(pattern, self.token, re.ASCII) is None:
            raise ValueError(f"this is no token of {self.platform}")
        return self


class Device(Shape):
    """A device as the app sees it; its token is not shown."""

    model_config = example(_DEVICE)
    id: str
    platform: str
    language: str
    off_because: str | None = Field(description="Why nothing is pushed to this platform; null: it is.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, row: PushDevice, off: str | None) -> "Device":
        """Return the shape of a stored device."""
        return cls(
            id=row.id,
            platform=row.platform,
            language=row.language,
            off_because=off,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class PushDevices(Shape):
    """The driver's devices, and what a browser needs to become one."""

    model_config = example({"devices": [_DEVICE], "web_push_public_key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"})
    devices: list[Device]
    web_push_public_key: str | None = Field(
        description="`applicationServerKey` of a subscription; null: browsers are not pushed to."
    )


@router.put(
    _PATH,
    operation_id="registerPushDevice",
    summary="Register an app for pushes",
    response_model=Device,
    responses=signed_in(),
)
async def put_device(
    device_id: DeviceId, body: DeviceRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> Device:
    """Store how this app is reached until the driver signs out of it. Repeating does no harm."""
    async with work() as db:
        row = await register_device(
            db=db,
            now=now,
            driver_id=driver.driver_id,
            family_id=driver.family_id,
            device_id=device_id,
            platform=body.platform,
            token=body.token,
            language=body.language,
            keys=None if body.keys is None else body.keys.model_dump(),
        )
    return Device.of(row, ports.push.why_off(body.platform))


@router.get(
    "/devices",
    operation_id="listPushDevices",
    summary="List the apps that pushes go to",
    response_model=PushDevices,
    responses=signed_in(),
)
async def get_devices(work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> PushDevices:
    """Return the devices that are signed in, the one registered last first."""
    async with work() as db:
        rows = await devices_of(db=db, now=now, driver_id=driver.driver_id)
    return PushDevices(
        devices=[Device.of(row, ports.push.why_off(Platform(row.platform))) for row in rows],
        web_push_public_key=ports.push.public_key(),
    )


@router.delete(
    _PATH,
    operation_id="removePushDevice",
    summary="Push no more to an app",
    status_code=204,
    responses=signed_in(unknown_device=404),
)
async def delete_device(device_id: DeviceId, work: Work, driver: CurrentDriver) -> Response:
    """Forget how an app is reached; signing out does so by itself."""
    async with work() as db:
        await remove_device(db=db, driver_id=driver.driver_id, device_id=device_id)
    return Response(status_code=204)
