"""What the ingest bench stands on: a partner, a running charge for each connection, and the messages about them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg

from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus
from api.domain.ids import PartyId
from api.domain.money import Money
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff, TariffElement
from api.domain.roaming.partner import MarketRole, PartyRole
from api.services.charging.stored_state import state_document
from api.services.roaming.documents import write_roles
from api.services.roaming.sealing import digest

TOKEN = "token-of-the-bench-partner-0123456789"  # noqa: S105 - of a database that is thrown away
_BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
_PARTNER = """
INSERT INTO partner (id, name, status, version, our_token_hash, raw_token_header, country_code, party_id, roles,
                     endpoints, created_at)
VALUES ('prt_bench', 'Bench', 'connected', '2.2.1', $1, true, 'DE', 'CPO', $2, '[]', now())
"""
_CHARGE = """
WITH driver AS (
  INSERT INTO driver (id, email, name, password_hash, language, contract_id, created_at)
  VALUES ('drv_' || $1, $1 || '@bench.test', 'Bench', 'x', 'en', 'DE-CHH-B' || $1, now()) RETURNING id
), quote AS (
  INSERT INTO quote (id, driver_id, connector_key, currency, price, hold_minor, created_at, expires_at)
  SELECT 'quo_' || $1, id, 'key', 'EUR', '{}', 500000, now(), now() FROM driver RETURNING id
), charge AS (
  INSERT INTO charging_session (
    id, driver_id, quote_id, partner_id, location_key, evse_key, connector_key, location_id, evse_uid, connector_id,
    country_code, party_id, time_zone, place, auth_channel, payer_type, token_uid, tariff, currency, hold_minor,
    consent, status, hold_status, metering, state, version, kwh, created_at, updated_at
  ) SELECT 'chs_' || $1, driver.id, quote.id, 'prt_bench', 'prt_bench/DE/CPO/L' || $1, 'prt_bench/DE/CPO/L' || $1 ||
    '/E1', 'prt_bench/DE/CPO/L' || $1 || '/E1/1', 'L' || $1, 'E1', '1', 'DE', 'CPO', 'Europe/Berlin', '{}', 'app',
    'card', 'UID' || $1, $2, 'EUR', 500000, '{}', 'starting', 'placed', 'pending', $3, 1, 0, now(), now()
  FROM driver, quote RETURNING id
)
INSERT INTO driver_token (uid, type, driver_id, charging_session_id, contract_id, valid, whitelist, last_updated)
SELECT 'UID' || $1, 'app_user', 'drv_' || $1, id, 'DE-CHH-B' || $1, true, 'never', now() FROM charge
"""


async def fill(connection: asyncpg.Connection, charges: int) -> None:
    """Store a connected partner and as many charges whose start was sent."""
    party = PartyId("DE", "CPO")
    roles = json.dumps(write_roles([PartyRole(MarketRole.CPO, party, "Bench")]))
    await connection.execute(_PARTNER, digest(TOKEN), roles)
    energy = (
        PriceComponent(ComponentType.energy, Decimal("0.39"), 1),
        PriceComponent(ComponentType.parking_time, Decimal(6), 60),
    )
    tariff = Tariff("T1", "EUR", (TariffElement(energy),), country_code="DE", party_id="CPO", last_updated=_BEGAN)
    new = ChargingState.new(Money(500000, "EUR"))
    state = replace(new, status=ChargingStatus.STARTING, hold=HoldStatus.PLACED)
    for number in range(charges):
        tariff_json, state_json = json.dumps(tariff_to_json(tariff)), json.dumps(state_document(state))
        await connection.execute(_CHARGE, str(number), tariff_json, state_json)


@dataclass(frozen=True, slots=True)
class Bodies:
    """The partner's messages, by charge and by their number: each later and with more energy than the one before."""

    def session_path(self, charge: int) -> str:
        """Return where the session of a charge is."""
        return f"/sessions/DE/CPO/S{charge}"

    def evse_path(self, charge: int) -> str:
        """Return where an EVSE is that no charge of ours occupies, at the location of a charge."""
        return f"/locations/DE/CPO/L{charge}/E2"

    def first(self, charge: int) -> list[tuple[str, bytes]]:
        """Return what is put before anything is measured: the location and the session's beginning."""
        location = f"/locations/DE/CPO/L{charge}"
        return [(location, _json(_location(charge))), (self.session_path(charge), self.session(charge, 0))]

    def session(self, charge: int, number: int) -> bytes:
        """Return a whole Session."""
        return _json(_session(charge, number))

    def session_patch(self, charge: int, number: int) -> bytes:
        """Return the change that most partners send each minute: energy, its period, what it costs."""
        told = _session(charge, number)
        names = ("kwh", "charging_periods", "total_cost", "last_updated")
        return _json({name: told[name] for name in names})

    def ended(self, charge: int, number: int) -> bytes:
        """Return a whole Session that is over."""
        told = {"status": "COMPLETED", "end_date_time": _at(number), "total_cost": _cost(number)}
        return _json(_session(charge, number) | told)

    def begun(self, charge_id: str, uid: str, place: Mapping[str, str]) -> bytes:
        """Return the first Session of a charge that a driver began with our token ``uid`` at a connector."""
        told = _session(0, 0)
        token = {"country_code": "DE", "party_id": "CHH", "uid": uid, "type": "APP_USER", "contract_id": "C"}
        now = _text(datetime.now(UTC))
        told |= {"id": f"S-{charge_id}", "authorization_reference": charge_id, "cdr_token": token, "kwh": 0.0}
        told |= {"start_date_time": now, "last_updated": now, "charging_periods": [], "total_cost": {"excl_vat": 0.0}}
        return _json(told | dict(place))

    def evse_patch(self, number: int) -> bytes:
        """Return a change of status."""
        return _json({"status": "CHARGING" if number % 2 else "AVAILABLE", "last_updated": _at(number)})

    def cdr(self, charge: int, number: int, *, last: int = 30) -> bytes:
        """Return a CDR of a charge that no other has, over the energy of its ``last`` message."""
        told = _session(charge, last)
        kept = ("country_code", "party_id", "start_date_time", "cdr_token", "auth_method", "currency")
        place: dict[str, object] = {
            "address": "Street 1",
            "city": "Town",
            "country": "DEU",
            "evse_uid": "E1",
            "evse_id": "DE*CPO*E1",
        }
        place |= {"id": f"L{charge}", "connector_id": "1", "coordinates": {"latitude": "48.5", "longitude": "9.25"}}
        return _json(
            {name: told[name] for name in kept}
            | {"id": f"C{charge}-{number}", "session_id": told["id"], "end_date_time": _at(3600), "cdr_location": place}
            | {"charging_periods": told["charging_periods"], "total_cost": _cost(last), "total_energy": told["kwh"]}
            | {"total_time": 1, "last_updated": _at(3600)}
        )


def bodies() -> Bodies:
    """Return the messages."""
    return Bodies()


def _session(charge: int, number: int) -> dict[str, object]:
    kwh = float(f"{number * 0.001:.3f}")
    period = {"start_date_time": _at(0), "dimensions": [{"type": "ENERGY", "volume": kwh}], "tariff_id": "T1"}
    token = {"country_code": "DE", "party_id": "CHH", "uid": f"UID{charge}", "type": "APP_USER", "contract_id": "C"}
    return {
        "country_code": "DE",
        "party_id": "CPO",
        "id": f"S{charge}",
        "start_date_time": _at(0),
        "kwh": kwh,
        "cdr_token": token,
        "auth_method": "COMMAND",
        "authorization_reference": f"chs_{charge}",
        "location_id": f"L{charge}",
        "evse_uid": "E1",
        "connector_id": "1",
        "currency": "EUR",
        "charging_periods": [period],
        "total_cost": {"excl_vat": 0.01},
        "status": "ACTIVE",
        "last_updated": _at(number),
    }


def _cost(number: int) -> dict[str, object]:
    """Return what the energy up to a message costs."""
    return {"excl_vat": round(number * 0.001 * 0.39, 2)}


def _location(charge: int) -> dict[str, object]:
    connector: dict[str, object] = {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
    }
    connector |= {"max_voltage": 230, "max_amperage": 32, "tariff_ids": ["T1"], "last_updated": _at(0)}
    evses = [
        {"uid": uid, "status": "CHARGING", "connectors": [connector], "last_updated": _at(0)} for uid in ("E1", "E2")
    ]
    return {
        "country_code": "DE",
        "party_id": "CPO",
        "id": f"L{charge}",
        "publish": True,
        "address": "Street 1",
        "city": "Town",
        "country": "DEU",
        "coordinates": {"latitude": "48.5", "longitude": "9.25"},
        "time_zone": "Europe/Berlin",
        "evses": evses,
        "last_updated": _at(0),
    }


def _at(number: int) -> str:
    """Return a moment so many tenths of a second into the story."""
    return _text(_BEGAN + timedelta(milliseconds=100 * number))


def _text(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
