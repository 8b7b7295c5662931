"""Location, EVSE and Connector of 2.2.1 to our model (chapter 8). Their PATCH forms are in ``location_patch.py``."""

import contextlib
from datetime import datetime

from api.domain.ids import PartyId
from api.domain.roaming.location import Connector, Evse, Location
from clients.ocpi.countries import three_letters
from clients.ocpi.exact_json import Plain, parse
from clients.ocpi.fields import read_as
from clients.ocpi.location_parts import business, capabilities, embedded_ids, point, status, updated
from clients.ocpi.owner import owner_of
from clients.ocpi.plain import needed, text_or, text_or_none, whole_or_none, word_or
from clients.ocpi.time_zones import time_zone_of
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire import location as wire
from clients.ocpi.v2_2_1.wire import plain_location as plain

_PLAIN = Plain(plain.Location)
_NUL = "\\u0000"


def read_location(raw: object, owner: PartyId | None = None) -> Location:
    """Read a Location with everything under it; ``owner`` is for one that names none. Raises Unreadable."""
    return _location(read_as(wire.Location, raw), owner)


def read_location_text(text: str, owner: PartyId | None = None) -> Location:
    """Read a Location that is still JSON, as ``read_location`` does, and in a fraction of the time. Raises Unreadable.

    One that is not written as most are, or is not right, is read once more with all patience.
    """
    if _NUL not in text and (sent := _PLAIN.read(text)) is not None:
        with contextlib.suppress(Unreadable, ValueError):
            return _location(sent, owner)
    return read_location(parse(text.encode()), owner)


def _location(sent: wire.Location | plain.Location, owner: PartyId | None) -> Location:
    """Return our Location; raises Unreadable, and ValueError for what the plain shapes did not look at."""
    party = owner_of(sent.country_code, sent.party_id, owner)
    country = three_letters(text_or(sent.country, party.country_code))
    time_zone, assumed = time_zone_of(text_or_none(sent.time_zone), country, party.country_code)
    latitude, longitude = point(sent.coordinates)
    changed = updated(sent.last_updated, None)
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
        help_phone=text_or_none(sent.help_phone),
        evses=tuple(evse(each, changed) for each in sent.evses or ()),
        time_zone_assumed=assumed,
    )


def read_evse(raw: object) -> Evse:
    """Read an EVSE that came on its own, so it must say when it changed; raises Unreadable."""
    return evse(read_as(wire.Evse, raw), None)


def read_connector(raw: object) -> Connector:
    """Read a Connector that came on its own, so it must say when it changed; raises Unreadable."""
    return connector(read_as(wire.Connector, raw), None, ())


def evse(sent: wire.Evse | plain.Evse, parent_updated: datetime | None) -> Evse:
    """Return our EVSE; without a time of its own it takes that of the location around it."""
    changed = updated(sent.last_updated, parent_updated)
    tariff_ids = embedded_ids(sent.tariffs)
    return Evse(
        uid=needed(sent.uid, "uid"),
        status=status(sent.status),
        last_updated=changed,
        evse_id=text_or_none(sent.evse_id),
        physical_reference=text_or_none(sent.physical_reference),
        floor_level=text_or_none(sent.floor_level) or text_or_none(sent.floor),
        capabilities=capabilities(sent.capabilities),
        connectors=tuple(connector(each, changed, tariff_ids) for each in sent.connectors or ()),
    )


def connector(
    sent: wire.Connector | plain.Connector, parent_updated: datetime | None, tariff_ids: tuple[str, ...]
) -> Connector:
    """Return our Connector; ``tariff_ids`` are those of the EVSE around it, for feeds that put tariffs there."""
    return Connector(
        id=needed(sent.id, "id"),
        standard=word_or(sent.standard, "unknown"),
        format=word_or(sent.format, "unknown"),
        power_type=word_or(sent.power_type, "unknown"),
        last_updated=updated(sent.last_updated, parent_updated),
        max_voltage=whole_or_none(sent.max_voltage),
        max_amperage=whole_or_none(sent.max_amperage),
        max_electric_power_w=whole_or_none(sent.max_electric_power),
        tariff_ids=tuple(str(each) for each in sent.tariff_ids or ()) or tariff_ids,
    )
