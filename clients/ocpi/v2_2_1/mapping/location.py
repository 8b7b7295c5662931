"""Location, EVSE and Connector of 2.2.1 to our model (chapter 8). Their PATCH forms are in ``location_patch.py``."""

from datetime import datetime
from decimal import Decimal

from api.domain.ids import PartyId
from api.domain.roaming.location import BusinessDetails, Connector, Evse, EvseStatus, Location
from clients.ocpi.countries import three_letters
from clients.ocpi.fields import Instant, Text, read_as
from clients.ocpi.owner import owner_of
from clients.ocpi.plain import (
    known,
    needed,
    text_or,
    text_or_none,
    whole_or_none,
    word_or,
)
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.quirks import time_zone_of
from clients.ocpi.v2_2_1.wire import location as wire


def read_location(raw: object, owner: PartyId | None = None) -> Location:
    """Read a Location with everything under it; ``owner`` is for one that names none. Raises Unreadable."""
    sent = read_as(wire.Location, raw)
    party = owner_of(sent.country_code, sent.party_id, owner)
    country = three_letters(text_or(sent.country, party.country_code))
    time_zone, assumed = time_zone_of(text_or_none(sent.time_zone), country, party.country_code)
    latitude, longitude = point(sent.coordinates)
    updated = sent.last_updated.value
    return Location(
        country_code=party.country_code,
        party_id=party.party_id,
        id=needed(sent.id, "id"),
        address=text_or(sent.address, ""),
        city=text_or(sent.city, ""),
        country=country,
        latitude=latitude,
        longitude=longitude,
        time_zone=time_zone,
        last_updated=updated,
        name=text_or_none(sent.name),
        postal_code=text_or_none(sent.postal_code),
        publish=True if sent.publish is None else sent.publish,
        operator=business(sent.operator),
        help_phone=text_or_none(sent.help_phone),
        evses=tuple(evse(each, updated) for each in sent.evses or ()),
        time_zone_assumed=assumed,
    )


def read_evse(raw: object) -> Evse:
    """Read an EVSE that came on its own, so it must say when it changed; raises Unreadable."""
    return evse(read_as(wire.Evse, raw), None)


def read_connector(raw: object) -> Connector:
    """Read a Connector that came on its own, so it must say when it changed; raises Unreadable."""
    return connector(read_as(wire.Connector, raw), None, ())


def point(coordinates: wire.Coordinates) -> tuple[Decimal, Decimal]:
    """Return latitude and longitude in degrees; raises Unreadable for a point that is not on Earth."""
    latitude, longitude = Decimal(coordinates.latitude), Decimal(coordinates.longitude)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Unreadable("coordinates: not on Earth")
    return latitude, longitude


def business(sent: wire.BusinessDetails | None) -> BusinessDetails | None:
    """Return who runs a site, None when the partner does not name anybody."""
    name = text_or_none(sent.name) if sent else None
    return BusinessDetails(name=name, website=text_or_none(sent.website)) if sent and name else None


def status(sent: Text | None) -> EvseStatus:
    """Return an EVSE's status; one we do not know is unknown."""
    return known(EvseStatus, sent, EvseStatus.UNKNOWN, wire.EVSE_STATUS_WORDS)


def capabilities(sent: list[Text] | None) -> frozenset[str]:
    """Return capabilities in our spelling, known or not."""
    return frozenset(word_or(each, "") for each in sent or ()) - {""}


def evse(sent: wire.Evse, parent_updated: datetime | None) -> Evse:
    """Return our EVSE; without a time of its own it takes that of the location around it."""
    updated = _updated(sent.last_updated, parent_updated)
    tariff_ids = _embedded_ids(sent.tariffs)
    return Evse(
        uid=needed(sent.uid, "uid"),
        status=status(sent.status),
        last_updated=updated,
        evse_id=text_or_none(sent.evse_id),
        physical_reference=text_or_none(sent.physical_reference),
        floor_level=text_or_none(sent.floor_level) or text_or_none(sent.floor),
        capabilities=capabilities(sent.capabilities),
        connectors=tuple(connector(each, updated, tariff_ids) for each in sent.connectors or ()),
    )


def connector(sent: wire.Connector, parent_updated: datetime | None, tariff_ids: tuple[str, ...]) -> Connector:
    """Return our Connector; ``tariff_ids`` are those of the EVSE around it, for feeds that put tariffs there."""
    return Connector(
        id=needed(sent.id, "id"),
        standard=word_or(sent.standard, "unknown"),
        format=word_or(sent.format, "unknown"),
        power_type=word_or(sent.power_type, "unknown"),
        last_updated=_updated(sent.last_updated, parent_updated),
        max_voltage=whole_or_none(sent.max_voltage),
        max_amperage=whole_or_none(sent.max_amperage),
        max_electric_power_w=whole_or_none(sent.max_electric_power),
        tariff_ids=tuple(str(each) for each in sent.tariff_ids or ()) or tariff_ids,
    )


def _embedded_ids(tariffs: list[object] | None) -> tuple[str, ...]:
    ids = [tariff.get("id") for tariff in tariffs or () if isinstance(tariff, dict)]
    return tuple(dict.fromkeys(each for each in ids if isinstance(each, str) and each))


def _updated(sent: Instant | None, parent_updated: datetime | None) -> datetime:
    if sent is not None:
        return sent.value
    if parent_updated is None:
        raise Unreadable("last_updated: missing")
    return parent_updated
