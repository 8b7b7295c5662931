"""What we hold of a partner's objects, shown back to it in the shape of 2.2.1 (chapter 8).

Only the fields that we keep. Tariffs, sessions and CDRs are shown as they came and need nothing from here.
"""

from datetime import UTC, datetime

from api.domain.roaming.location import Connector, Evse, EvseStatus, Location

_STATUS_WORDS = {EvseStatus.OUT_OF_ORDER: "OUTOFORDER"}


def shown_location(location: Location) -> dict[str, object]:
    """Return a Location with its EVSEs."""
    return _stated(
        country_code=location.country_code,
        party_id=location.party_id,
        id=location.id,
        publish=location.publish,
        name=location.name,
        address=location.address,
        city=location.city,
        postal_code=location.postal_code,
        country=location.country,
        coordinates={"latitude": f"{location.latitude:.6f}", "longitude": f"{location.longitude:.6f}"},
        time_zone=location.time_zone,
        operator=_stated(name=location.operator.name, website=location.operator.website) if location.operator else None,
        help_phone=location.help_phone,
        evses=[shown_evse(evse) for evse in location.evses],
        last_updated=_instant(location.last_updated),
    )


def shown_evse(evse: Evse) -> dict[str, object]:
    """Return an EVSE with its connectors."""
    return _stated(
        uid=evse.uid,
        evse_id=evse.evse_id,
        status=_STATUS_WORDS.get(evse.status, evse.status.upper()),
        capabilities=sorted(capability.upper() for capability in evse.capabilities),
        floor_level=evse.floor_level,
        physical_reference=evse.physical_reference,
        connectors=[shown_connector(connector) for connector in evse.connectors],
        last_updated=_instant(evse.last_updated),
    )


def shown_connector(connector: Connector) -> dict[str, object]:
    """Return a Connector."""
    return _stated(
        id=connector.id,
        standard=connector.standard.upper(),
        format=connector.format.upper(),
        power_type=connector.power_type.upper(),
        max_voltage=connector.max_voltage,
        max_amperage=connector.max_amperage,
        max_electric_power=connector.max_electric_power_w,
        tariff_ids=list(connector.tariff_ids),
        last_updated=_instant(connector.last_updated),
    )


def _instant(at: datetime) -> str:
    """Return a moment in UTC with ``Z``, to the microsecond where it has one."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _stated(**fields: object) -> dict[str, object]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value is not None}
