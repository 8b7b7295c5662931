"""CDR of 2.1.1 to our model (mod_cdrs).

It names no session and knows no credit. Peers that send ``session_id`` and ``credit`` as 2.2.1 has them are believed; a
negative total without them is read as it is, and it is for those who settle to ask what it takes back.
"""

from decimal import Decimal

from api.domain.ids import PartyId
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.cdr import Cdr, CdrLocation
from clients.ocpi.countries import three_letters
from clients.ocpi.fields import read_as
from clients.ocpi.periods import energy_in_kwh, read_periods
from clients.ocpi.plain import currency_of, needed, number_or_none, text_or, text_or_none
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_1_1.mapping.owner import owner_of
from clients.ocpi.v2_1_1.mapping.session import auth_method, cdr_token, place_of, the_one
from clients.ocpi.v2_1_1.mapping.tariff import read_tariff
from clients.ocpi.v2_1_1.quirks import CDR_WORDS, respelled, total_cost
from clients.ocpi.v2_1_1.wire import cdr as wire
from clients.ocpi.v2_1_1.wire.session import NOT_AVAILABLE, Place


def read_cdr(raw: object, owner: PartyId | None = None) -> Cdr:
    """Read a CDR; raises Unreadable."""
    sent = read_as(wire.Cdr, respelled(raw, CDR_WORDS))
    party = owner_of(sent.country_code, sent.party_id, owner)
    total_energy = Decimal(sent.total_energy)
    return Cdr(
        country_code=party.country_code,
        party_id=party.party_id,
        id=needed(sent.id, "id"),
        starts_at=sent.start_date_time.value,
        ended_at=sent.stop_date_time.value,
        cdr_token=cdr_token(sent.auth_id),
        location=_location(sent.location),
        currency=currency_of(sent.currency),
        charging_periods=energy_in_kwh(read_periods(sent.charging_periods), total_energy, whole=True),
        total_cost=total_cost(sent.total_cost),
        total_energy_kwh=total_energy,
        total_time_hours=Decimal(sent.total_time),
        last_updated=sent.last_updated.value,
        total_parking_time_hours=number_or_none(sent.total_parking_time),
        session_id=text_or_none(sent.session_id),
        auth_method=auth_method(sent.auth_method),
        authorization_reference=text_or_none(sent.authorization_reference),
        tariffs=_tariffs(sent.tariffs, party),
        credit=bool(sent.credit),
        credit_reference_id=text_or_none(sent.credit_reference_id),
        remark=text_or_none(sent.remark),
    )


def _location(sent: Place | None) -> CdrLocation:
    """Return where the charge was; a bill is never refused for not saying so."""
    sent = sent or Place()
    place = place_of(sent)
    evse = the_one(sent.evses)
    return CdrLocation(
        id=place.get("location_id", NOT_AVAILABLE),
        address=text_or(sent.address, ""),
        city=text_or(sent.city, ""),
        country=three_letters(text_or(sent.country, "")),
        evse_uid=place.get("evse_uid", NOT_AVAILABLE),
        evse_id=text_or(evse.evse_id, NOT_AVAILABLE) if evse else NOT_AVAILABLE,
        connector_id=place.get("connector_id", NOT_AVAILABLE),
        name=text_or_none(sent.name),
    )


def _tariffs(sent: list[object] | None, owner: PartyId) -> tuple[Tariff, ...]:
    """Return the tariffs that can be read: a bill is never refused for one that cannot."""
    read = []
    for raw in sent or ():
        try:
            read.append(read_tariff(raw, owner))
        except Unreadable:
            continue
    return tuple(read)
