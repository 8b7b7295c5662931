"""The networks: where the app can charge, where posts have their number, and waiting for one that is planned."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, Work
from api.domain.errors import Conflict
from api.domain.language import language_of
from api.routes.app.etags import IfNoneMatch, cache_headers, matches
from api.routes.app.shapes import Moment, PublicId, Shape, Text, example, signed_in
from api.services.drivers.queries import driver_by_id
from api.services.roaming.network_watches import unwatch_network, watch_network, watched_by
from api.services.roaming.networks import NetworkView, list_networks, network_of, policy_of
from api.services.roaming.visual_id_help import visual_id_help

router = APIRouter(tags=["Finding a charger"])
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The list says the same as before."}}
_EXAMPLE = {
    "id": "net_DE-ABC",
    "name": "Harbor Energy",
    "website": "https://harbor.example",
    "state": "live",
    "app_charging": True,
    "pass_policy": "none",
    "start_sequence": "plug_first",
    "told_when_there": False,
    "updated_at": "2026-03-02T09:00:00Z",
}


class NetworkThere(Conflict):
    """The app can charge at the network already."""


class ShownNetwork(Shape):
    """One network."""

    model_config = example(_EXAMPLE)
    id: str
    name: str
    website: str | None
    state: str = Field(description="`live`, `planned` or `paused`; new values may come.")
    app_charging: bool = Field(description="Whether the app can charge there: our agreement, its state and its posts.")
    pass_policy: str = Field(description="Which pass a start needs: `none`, `received` or `active`.")
    start_sequence: str = Field(description="`plug_first`, `start_first`, `either` or `unknown`.")
    told_when_there: bool = Field(description="The driver asked to be told when it can be used.")
    updated_at: Moment

    @classmethod
    def of(cls, view: NetworkView, watched: set[tuple[str, str]]) -> "ShownNetwork":
        """Return the shape of a network for a driver who waits for these."""
        row = view.row
        return cls(
            id=view.id,
            name=row.name,
            website=row.website,
            state=row.state,
            app_charging=view.app_charging,
            pass_policy=policy_of(row),
            start_sequence=row.start_sequence,
            told_when_there=(row.country_code, row.party_id) in watched,
            updated_at=row.updated_at,
        )


class Networks(Shape):
    """The networks by name, and when the newest of them changed."""

    model_config = example({"networks": [_EXAMPLE], "updated_at": "2026-03-02T09:00:00Z"})
    networks: list[ShownNetwork]
    updated_at: Moment | None = Field(description="Null: there are none.")


class ShownVisualIdHelp(Shape):
    """Where to look for the number of a post."""

    model_config = example(
        {
            "network_id": "net_DE-ABC",
            "text": "The number is on the lid above the socket.",
            "language": "en",
            "picture_url": "https://harbor.example/number.jpg",
            "source": "network",
        }
    )
    network_id: str
    text: str
    language: str = Field(description="Of the text; another than asked for where the network wrote in no other.")
    picture_url: str | None
    source: str = Field(description="`network`: its own words; `generic`: words that hold for most.")


@router.get(
    "/networks",
    operation_id="listNetworks",
    summary="List the networks",
    response_model=Networks,
    responses=_NOT_MODIFIED | signed_in(),
)
async def get_networks(
    response: Response,
    work: Work,
    driver: CurrentDriver,
    app_charging: Annotated[bool | None, Query(description="Only where the app can charge, or only where not.")] = None,
    if_none_match: IfNoneMatch = None,
) -> Networks | Response:
    """Return the networks by name with what our agreements say; 304 while nothing changed."""
    async with work() as db:
        views = await list_networks(db=db, app_charging=app_charging)
        watched = await watched_by(db=db, driver_id=driver.driver_id)
    shown = Networks(networks=[ShownNetwork.of(each, watched) for each in views], updated_at=_newest(views))
    headers = cache_headers(f'W/"{hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"')
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return shown


@router.get(
    "/networks/{network_id}",
    operation_id="getNetwork",
    summary="Show one network",
    response_model=ShownNetwork,
    responses=signed_in(unknown_network=404),
)
async def get_network(network_id: PublicId, work: Work, driver: CurrentDriver) -> ShownNetwork:
    """Return one network with what our agreement says."""
    async with work() as db:
        view = await network_of(db=db, public_id=network_id)
        watched = await watched_by(db=db, driver_id=driver.driver_id)
    return ShownNetwork.of(view, watched)


@router.get(
    "/networks/{network_id}/visual-id-help",
    operation_id="getVisualIdHelp",
    summary="Tell where the number of a post is",
    response_model=ShownVisualIdHelp,
    responses=signed_in(unknown_network=404),
)
async def get_visual_id_help(
    network_id: PublicId,
    work: Work,
    driver: CurrentDriver,
    language: Annotated[Text | None, Query(description="Null: the driver's.", examples=["de"])] = None,
) -> ShownVisualIdHelp:
    """Return the network's own words and picture, else words that hold for most posts."""
    async with work() as db:
        view = await network_of(db=db, public_id=network_id)
        row = await driver_by_id(db, driver.driver_id)
    found = visual_id_help(view.row, language_of(language, row.language))
    return ShownVisualIdHelp(
        network_id=view.id,
        text=found.text,
        language=found.language,
        picture_url=found.picture,
        source="network" if found.own else "generic",
    )


@router.put(
    "/networks/{network_id}/watch",
    operation_id="watchNetwork",
    summary="Tell me when the network is there",
    status_code=204,
    response_class=Response,
    responses=signed_in(unknown_network=404, network_there=409),
)
async def put_watch(network_id: PublicId, work: Work, now: Now, driver: CurrentDriver) -> None:
    """Have the driver told, once, when the app can charge at the network; asking again does nothing."""
    async with work() as db:
        view = await network_of(db=db, public_id=network_id)
        if view.app_charging:
            raise NetworkThere("network_there")
        await watch_network(db=db, now=now, driver_id=driver.driver_id, network=view.row)


@router.delete(
    "/networks/{network_id}/watch",
    operation_id="unwatchNetwork",
    summary="Do not tell me of the network",
    status_code=204,
    response_class=Response,
    responses=signed_in(unknown_network=404),
)
async def delete_watch(network_id: PublicId, work: Work, driver: CurrentDriver) -> None:
    """Forget that the driver waits for the network; whether they did makes no difference."""
    async with work() as db:
        row = (await network_of(db=db, public_id=network_id)).row
        await unwatch_network(db=db, driver_id=driver.driver_id, country_code=row.country_code, party_id=row.party_id)


def _newest(views: Sequence[NetworkView]) -> datetime | None:
    return max((each.row.updated_at for each in views), default=None)
