"""The flight recorder link of one's own charge: for the operator's hotline, for a while, revocable, without a name."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.models.owner import TimelineLink
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in, utc
from api.services.charging.queries import charge_of_driver
from api.services.drivers.repeats import begin_once, finish_once
from api.services.owners.links import (
    DRIVER,
    LONGEST_HOURS,
    SHORTEST_HOURS,
    USUAL_HOURS,
    links_of_charge,
    make_link,
    revoke_link,
    url_of,
)

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions/{charging_session_id}/timeline-links"
_EXAMPLE = {
    "id": "tml_7e8f",
    "url": "https://charge.example/t/uJ8yM3o",
    "created_at": "2026-03-02T10:12:00Z",
    "expires_at": "2026-03-03T10:12:00Z",
    "revoked_at": None,
    "works": True,
    "opened": 0,
}


class NewTimelineLink(Shape):
    """How long the link is to work."""

    model_config = example({"hours": 24})
    hours: int = Field(default=USUAL_HOURS, ge=SHORTEST_HOURS, le=LONGEST_HOURS)


class ShownTimelineLink(Shape):
    """A link to the technical timeline of a charge: commands, answers and meter, and nobody's name."""

    model_config = example(_EXAMPLE)
    id: str
    url: str | None = Field(description="The address, told when it is made; null later.")
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None
    works: bool
    opened: int = Field(description="How often somebody opened it.")


class ShownTimelineLinks(Shape):
    """All links of one charge, the newest first."""

    model_config = example({"charging_session_id": "chs_0a1b", "timeline_links": [_EXAMPLE | {"url": None}]})
    charging_session_id: str
    timeline_links: list[ShownTimelineLink]


@router.post(
    _PATH,
    operation_id="createTimelineLink",
    summary="Share what happened with the operator's hotline",
    status_code=201,
    response_model=ShownTimelineLink,
    responses=signed_in(
        idempotency_key_missing=400,
        unknown_charging_session=404,
        too_many_timeline_links=409,
        request_in_flight=409,
        idempotency_key_reused=422,
    ),
)
async def post_timeline_link(
    charging_session_id: PublicId,
    body: NewTimelineLink,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
) -> ShownTimelineLink:
    """Make a link that anybody who has it may open until it runs out or is revoked."""
    who = {"driver_id": driver.driver_id, "key": idempotency_key}
    request = f"POST {_PATH} {charging_session_id}\n{body.model_dump_json()}"
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        known = await begin_once(db=db, request=request, **who)
        if known is None:
            link = await make_link(
                db=db, ports=ports, now=now, charging_session_id=charge.id, hours=body.hours, by=DRIVER
            )
            await finish_once(db=db, now=now, request=request, resource_id=link.id, **who)
        else:
            link = await db.get_one(TimelineLink, known)
    return _shown(link, now, url_of(ports.policy, link))


@router.get(
    _PATH,
    operation_id="getTimelineLinks",
    summary="Show the links to what happened",
    response_model=ShownTimelineLinks,
    responses=signed_in(unknown_charging_session=404),
)
async def get_timeline_links(
    charging_session_id: PublicId, work: Work, now: Now, driver: CurrentDriver
) -> ShownTimelineLinks:
    """Return all links of a charge with how often each was opened."""
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        found = await links_of_charge(db=db, charging_session_id=charge.id)
    return ShownTimelineLinks(
        charging_session_id=charging_session_id, timeline_links=[_shown(each, now, None) for each in found]
    )


@router.delete(
    f"{_PATH}/{{timeline_link_id}}",
    operation_id="revokeTimelineLink",
    summary="Let a link work no more",
    status_code=204,
    responses=signed_in(unknown_charging_session=404, unknown_timeline_link=404),
)
async def delete_timeline_link(
    charging_session_id: PublicId, timeline_link_id: PublicId, work: Work, now: Now, driver: CurrentDriver
) -> Response:
    """Revoke a link; repeating it does no harm."""
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
        await revoke_link(db=db, now=now, charging_session_id=charge.id, link_id=timeline_link_id, by=DRIVER)
    return Response(status_code=204)


def _shown(link: TimelineLink, now: Now, url: str | None) -> ShownTimelineLink:
    return ShownTimelineLink(
        id=link.id,
        url=url,
        created_at=link.created_at,
        expires_at=link.expires_at,
        revoked_at=utc(link.revoked_at),
        works=link.revoked_at is None and link.expires_at > now,
        opened=link.opened,
    )
