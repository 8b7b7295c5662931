"""CDR of 2.2.1 to our model (chapter 10)."""

import contextlib
from decimal import Decimal

from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr, CdrLocation
from api.domain.roaming.session import Price
from clients.ocpi.countries import three_letters, two_letters
from clients.ocpi.fields import read_as
from clients.ocpi.periods import energy_in_kwh, read_periods
from clients.ocpi.plain import currency_of, needed, number_or_none, text_or, text_or_none
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping.session import auth_method, cdr_token, price
from clients.ocpi.v2_2_1.mapping.tariff import read_tariff
from clients.ocpi.v2_2_1.wire import cdr as wire
from clients.ocpi.v2_2_1.wire.session import NOT_AVAILABLE
from clients.ocpi.v2_2_1.wire.tariff import Price as WirePrice


def read_cdr(raw: object) -> Cdr:
    """Read a CDR; raises Unreadable."""
    sent = read_as(wire.Cdr, raw)
    total_energy = Decimal(sent.total_energy)
    country_code = two_letters(needed(sent.country_code, "country_code"))
    party_id = needed(sent.party_id, "party_id").upper()
    return Cdr(
        country_code=country_code,
        party_id=party_id,
        id=needed(sent.id, "id"),
        starts_at=sent.start_date_time.value,
        ended_at=sent.end_date_time.value,
        cdr_token=cdr_token(sent.cdr_token),
        location=_location(sent.cdr_location),
        currency=currency_of(sent.currency),
        charging_periods=energy_in_kwh(read_periods(sent.charging_periods), total_energy, whole=True),
        total_cost=price(sent.total_cost),
        total_energy_kwh=total_energy,
        total_time_hours=Decimal(sent.total_time),
        last_updated=sent.last_updated.value,
        total_parking_time_hours=number_or_none(sent.total_parking_time),
        session_id=text_or_none(sent.session_id),
        auth_method=auth_method(sent.auth_method),
        authorization_reference=text_or_none(sent.authorization_reference),
        tariffs=_tariffs(sent.tariffs, country_code, party_id),
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
                read[kind] = price(read_as(WirePrice, part))
    return read


def _tariffs(sent: list[object] | None, country_code: str, party_id: str) -> tuple[Tariff, ...]:
    """Return the tariffs that can be read: a bill is never refused for one that cannot."""
    read = []
    for raw in sent or ():
        try:
            read.append(read_tariff(raw, country_code=country_code, party_id=party_id))
        except Unreadable:
            continue
    return tuple(read)
