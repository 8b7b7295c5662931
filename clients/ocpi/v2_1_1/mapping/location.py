"""Location, EVSE and Connector of 2.1.1 to our model (mod_locations). The PATCH forms are in ``location_patch.py``."""

from datetime import datetime

from api.domain.ids import PartyId
from api.domain.roaming.location import Connector, Evse, Location
from clients.ocpi.countries import three_letters
from clients.ocpi.exact_json import parse
from clients.ocpi.fields import read_as
from clients.ocpi.location_parts import business, capabilities, embedded_ids, point, status, updated
from clients.ocpi.owner import owner_of
from clients.ocpi.plain import needed, text_or, text_or_none, whole_or_none, word_or
from clients.ocpi.time_zones import time_zone_of
from clients.ocpi.v2_1_1.wire import location as wire


def read_location(raw: object, owner: PartyId | None = None) -> Location:
    """Read a Location with everything under it; the zone is optional and then inferred. Raises Unreadable."""
    sent = read_as(wire.Location, raw)
    party = owner_of(sent.country_code, sent.party_id, owner)
    country = three_letters(text_or(sent.country, party.country_code))
    time_zone, assumed = time_zone_of(text_or_none(sent.time_zone), country, party.country_code)
    latitude, longitude = point(sent.coordinates)
    changed = sent.last_updated.value
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
        last_updated=changed,
        name=text_or_none(sent.name),
        postal_code=text_or_none(sent.postal_code),
        publish=True if sent.publish is None else sent.publish,
        operator=business(sent.operator),
        evses=tuple(evse(each, changed) for each in sent.evses or ()),
        time_zone_assumed=assumed,
    )


def read_location_text(text: str, owner: PartyId | None = None) -> Location:
    """Read a Location that is still JSON; raises Unreadable."""
    return read_location(parse(text.encode()), owner)


def read_evse(raw: object) -> Evse:
    """Read an EVSE that came on its own, so it must say when it changed; raises Unreadable."""
    return evse(read_as(wire.Evse, raw), None)


def read_connector(raw: object) -> Connector:
    """Read a Connector that came on its own, so it must say when it changed; raises Unreadable."""
    return connector(read_as(wire.Connector, raw), None, ())


def evse(sent: wire.Evse, parent_updated: datetime | None) -> Evse:
    """Return our EVSE; without a time of its own it takes that of the location around it."""
    changed = updated(sent.last_updated, parent_updated)
    tariff_ids = embedded_ids(sent.tariffs)
    return Evse(
        uid=needed(sent.uid, "uid"),
        status=status(sent.status),
        last_updated=changed,
        evse_id=text_or_none(sent.evse_id),
        physical_reference=text_or_none(sent.physical_reference),
        floor_level=text_or_none(sent.floor_level),
        capabilities=capabilities(sent.capabilities),
        connectors=tuple(connector(each, changed, tariff_ids) for each in sent.connectors or ()),
    )


def connector(sent: wire.Connector, parent_updated: datetime | None, tariff_ids: tuple[str, ...]) -> Connector:
    """Return our Connector; ``tariff_ids`` are those of the EVSE around it, for feeds that put tariffs there."""
    tariff_id = text_or_none(sent.tariff_id)
    return Connector(
        id=needed(sent.id, "id"),
        standard=word_or(sent.standard, "unknown"),
        format=word_or(sent.format, "unknown"),
        power_type=word_or(sent.power_type, "unknown"),
        last_updated=updated(sent.last_updated, parent_updated),
        max_voltage=whole_or_none(sent.voltage),
        max_amperage=whole_or_none(sent.amperage),
        tariff_ids=(tariff_id,) if tariff_id else tariff_ids,
    )
