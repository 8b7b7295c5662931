"""What the signed-in driver wants to be told, how, and when not."""

from datetime import time
from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import Field, StringConstraints

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.notices.choice import Choice
from api.domain.notices.kinds import KINDS, Channel
from api.routes.app.etags import IfNoneMatch, PreconditionFailed, PreconditionMissing, cache_headers, matches
from api.routes.app.shapes import Shape, example, signed_in
from api.services.drivers.queries import driver_by_id
from api.services.notices.preferences import choice_of, choose_notices

router = APIRouter(tags=["Notices"])
_PATH = "/me/notification-preferences"
_CHOSEN = {
    "quiet_hours": {"starts_at": "22:00", "ends_at": "07:00"},
    "walking_minutes": 5,
    "battery_percent": 80,
}
_Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class QuietHours(Shape):
    """By the clock of the driver's time zone; an end before the start is on the next day."""

    model_config = example({"starts_at": "22:00", "ends_at": "07:00"})
    starts_at: _Clock
    ends_at: _Clock


class KindChoice(Shape):
    """Which ways a kind of notice takes beside the list in the app, which has every one."""

    model_config = example({"push": True, "email": False})
    push: bool
    email: bool


class ShownKindChoice(KindChoice):
    """The same, with why it may or may not wait for the end of the quiet hours."""

    model_config = example({"push": True, "email": False, "weight": "money"})
    weight: str = Field(description="`money` and `safety` never wait, `news` does. New values may come.")


class PreferencesRequestOfNotices(Shape):
    """The whole choice; kinds that are left out go back to their own defaults."""

    model_config = example(_CHOSEN | {"kinds": {"charge_ended": {"push": False, "email": True}}})
    quiet_hours: QuietHours | None = Field(description="Null: no quiet hours.")
    walking_minutes: Annotated[int, Field(ge=0, le=120)] = Field(description="How far the driver usually is away.")
    battery_percent: Annotated[int, Field(ge=10, le=100)] = Field(description="Of which charge the driver hears.")
    kinds: dict[str, KindChoice] = Field(max_length=100)


class NotificationPreferences(Shape):
    """What holds now, every kind with its channels."""

    model_config = example(
        _CHOSEN | {"time_zone": "Europe/Berlin", "kinds": {"unplug": {"push": True, "email": False, "weight": "money"}}}
    )
    time_zone: str
    quiet_hours: QuietHours | None
    walking_minutes: int
    battery_percent: int
    kinds: dict[str, ShownKindChoice]

    @classmethod
    def of(cls, choice: Choice) -> "NotificationPreferences":
        """Return the shape of a choice."""
        begins, ends = choice.quiet_from, choice.quiet_until
        quiet = None if begins is None or ends is None else (f"{begins:%H:%M}", f"{ends:%H:%M}")
        return cls(
            time_zone=choice.time_zone,
            quiet_hours=None if quiet is None else QuietHours(starts_at=quiet[0], ends_at=quiet[1]),
            walking_minutes=choice.walking_minutes,
            battery_percent=choice.battery_percent,
            kinds={
                name: ShownKindChoice(
                    push=choice.wants(name, Channel.PUSH), email=choice.wants(name, Channel.EMAIL), weight=kind.weight
                )
                for name, kind in KINDS.items()
            },
        )


@router.get(
    _PATH,
    operation_id="getNotificationPreferences",
    summary="Show what you are told and how",
    response_model=NotificationPreferences,
    responses=signed_in(driver_gone=401),
)
async def get_notification_preferences(
    response: Response, work: Work, ports: PortsDep, driver: CurrentDriver, if_none_match: IfNoneMatch = None
) -> NotificationPreferences | Response:
    """Return every kind of notice with its channels, and the quiet hours; 304 where the app has it already."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
        choice, version = await choice_of(db=db, policy=ports.policy, driver=mine)
    if matches(if_none_match, _etag(version)):
        return Response(status_code=304, headers=cache_headers(_etag(version)))
    response.headers.update(cache_headers(_etag(version)))
    return NotificationPreferences.of(choice)


@router.put(
    _PATH,
    operation_id="putNotificationPreferences",
    summary="Choose what you are told and how",
    response_model=NotificationPreferences,
    responses=signed_in(precondition_failed=412, unknown_notice_kind=422, precondition_missing=428),
)
async def put_notification_preferences(
    body: PreferencesRequestOfNotices,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    if_match: Annotated[str | None, Header(description="The ETag of what is being changed.")] = None,
) -> NotificationPreferences:
    """Replace the choice, if nobody else changed it since it was read."""
    choice, version = _choice(body), _version(if_match)
    async with work() as db:
        chosen, stored = await choose_notices(
            db=db, policy=ports.policy, now=now, driver_id=driver.driver_id, choice=choice, version=version
        )
    response.headers.update(cache_headers(_etag(stored)))
    return NotificationPreferences.of(chosen)


def _choice(body: PreferencesRequestOfNotices) -> Choice:
    quiet = body.quiet_hours
    return Choice(
        time_zone="UTC",  # the driver's own is theirs to set elsewhere
        channels={name: each.model_dump() for name, each in body.kinds.items()},
        quiet_from=None if quiet is None else time.fromisoformat(quiet.starts_at),
        quiet_until=None if quiet is None else time.fromisoformat(quiet.ends_at),
        walking_minutes=body.walking_minutes,
        battery_percent=body.battery_percent,
    )


def _etag(version: int) -> str:
    return f'"notices-{version}"'


def _version(if_match: str | None) -> int:
    """Return the version that a change is made from; raises PreconditionMissing, PreconditionFailed."""
    if not if_match:
        raise PreconditionMissing("precondition_missing")
    stated = if_match.strip().removeprefix('"notices-').removesuffix('"')
    if not (stated.isascii() and stated.isdigit()) or _etag(int(stated)) != if_match.strip():
        raise PreconditionFailed("precondition_failed")
    return int(stated)
