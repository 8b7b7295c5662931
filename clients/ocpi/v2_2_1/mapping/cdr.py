"""CDR of 2.2.1 to our model (chapter 10)."""

import contextlib
from collections.abc import Callable
from decimal import Decimal

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import Price
from clients.ocpi.countries import three_letters
from clients.ocpi.fields import read_as
from clients.ocpi.owner import owner_of
from clients.ocpi.periods import energy_in_kwh, read_periods
from clients.ocpi.plain import currency_of, needed, number_or_none, text_or, text_or_none
from clients.ocpi.prices import SentPrice, read_price
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping.session import auth_method, cdr_token
from clients.ocpi.v2_2_1.mapping.tariff import read_tariff
from clients.ocpi.v2_2_1.wire import cdr as wire
from clients.ocpi.v2_2_1.wire.session import NOT_AVAILABLE

TariffReader = Callable[[object, PartyId | None], Tariff]


def read_cdr(raw: object, owner: PartyId | None = None) -> Cdr:
    """Read a CDR; ``owner`` is for one that names none. Raises Unreadable."""
    return read_cdr_with(read_tariff, raw, owner)


def read_cdr_with(tariff_of: TariffReader, raw: object, owner: PartyId | None) -> Cdr:
    """Read a CDR with the tariffs of another version in it; raises Unreadable."""
    sent = read_as(wire.Cdr, raw)
    total_energy = Decimal(sent.total_energy)
    party = owner_of(sent.country_code, sent.party_id, owner)
    return Cdr(
        country_code=party.country_code,
        party_id=party.party_id,
        id=needed(sent.id, "id"),
        starts_at=sent.start_date_time.value,
        ended_at=sent.end_date_time.value,
        cdr_token=cdr_token(sent.cdr_token),
        location=_location(sent.cdr_location),
        currency=currency_of(sent.currency),
        charging_periods=energy_in_kwh(read_periods(sent.charging_periods), total_energy, whole=True),
        total_cost=read_price(sent.total_cost, "total_cost"),
        total_energy_kwh=total_energy,
        total_time_hours=Decimal(sent.total_time),
        last_updated=sent.last_updated.value,
        total_parking_time_hours=number_or_none(sent.total_parking_time),
        session_id=text_or_none(sent.session_id),
        auth_method=auth_method(sent.auth_method),
        authorization_reference=text_or_none(sent.authorization_reference),
        tariffs=_tariffs(sent.tariffs, party, tariff_of),
        costs=_costs(sent),
        credit=bool(sent.credit),
        credit_reference_id=text_or_none(sent.credit_reference_id),
        remark=text_or_none(sent.remark),
    )


def _location(sent: wire.CdrLocation) -> CdrLocation:
    return CdrLocation(
        id=needed(sent.id, "cdr_location.id"),
        address=text_or(sent.address, ""),
        city=text_or(sent.city, ""),
        country=three_letters(text_or(sent.country, "")),
        evse_uid=text_or(sent.evse_uid, NOT_AVAILABLE),
        evse_id=text_or(sent.evse_id, NOT_AVAILABLE),
        connector_id=text_or(sent.connector_id, NOT_AVAILABLE),
        name=text_or_none(sent.name),
    )


def _costs(sent: wire.Cdr) -> dict[str, Price]:
    """Return the parts of the total that can be read, by what they are for: a bill is never refused for one."""
    parts = {
        "energy": sent.total_energy_cost,
        "time": sent.total_time_cost,
        "parking_time": sent.total_parking_cost,
        "flat": sent.total_fixed_cost,
        "reservation": sent.total_reservation_cost,
    }
    read = {}
    for kind, part in parts.items():
        with contextlib.suppress(Unreadable):
            if part is not None:
                read[kind] = read_price(read_as(SentPrice, part), kind)
    return read


def _tariffs(sent: list[object] | None, owner: PartyId, tariff_of: TariffReader) -> tuple[Tariff, ...]:
    """Return the tariffs that can be read: a bill is never refused for one that cannot."""
    read = []
    for raw in sent or ():
        try:
            read.append(tariff_of(raw, owner))
        except Unreadable:
            continue
    return tuple(read)
