"""What we hold of a partner's objects, shown back to it in the shape of 2.2.1 (chapter 9).

Only the fields that we keep. Places, tariffs and CDRs are shown as they came and need nothing from here.
"""

from datetime import UTC, datetime

from api.domain.pricing.periods import ChargingPeriod
from api.domain.roaming.session import Price, Session


def shown_session(session: Session) -> dict[str, object]:
    """Return a Session as merged so far."""
    return _stated(
        country_code=session.country_code,
        party_id=session.party_id,
        id=session.id,
        start_date_time=_instant(session.starts_at),
        end_date_time=_instant(session.ended_at) if session.ended_at else None,
        kwh=session.kwh,
        cdr_token={
            "country_code": session.country_code,
            "party_id": session.party_id,
            "uid": session.cdr_token.uid,
            "type": session.cdr_token.type.upper(),
            "contract_id": session.cdr_token.contract_id,
        },
        auth_method=session.auth_method.upper() if session.auth_method else None,
        authorization_reference=session.authorization_reference,
        location_id=session.location_id,
        evse_uid=session.evse_uid,
        connector_id=session.connector_id,
        currency=session.currency,
        charging_periods=[_period(period) for period in session.charging_periods],
        total_cost=_price(session.total_cost) if session.total_cost else None,
        status=session.status.upper(),
        last_updated=_instant(session.last_updated),
    )


def _period(period: ChargingPeriod) -> dict[str, object]:
    """Return a ChargingPeriod."""
    return _stated(
        start_date_time=_instant(period.starts_at),
        dimensions=[{"type": each.type.upper(), "volume": each.volume} for each in period.dimensions],
        tariff_id=period.tariff_id,
    )


def _price(price: Price) -> dict[str, object]:
    """Return a Price; an unknown amount with tax is left out."""
    return _stated(excl_vat=price.before_taxes, incl_vat=price.after_taxes)


def _instant(at: datetime) -> str:
    """Return a moment in UTC with ``Z``, to the microsecond where it has one."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _stated(**fields: object) -> dict[str, object]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value is not None}
