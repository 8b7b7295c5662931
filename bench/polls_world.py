"""What the bench of polls stands on: running charges with many listeners, and drivers who want to start."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
from pydantic import SecretStr

from api.access_tokens import AccessTokens
from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus
from api.domain.money import Money
from api.domain.pricing.snapshot import tariff_to_json
from api.domain.pricing.tariff import ComponentType, PriceComponent, Tariff, TariffElement
from api.domain.roaming.partner import Endpoint, InterfaceRole
from api.policies import sealing_key
from api.services.charging.stored_state import state_document
from api.services.roaming.documents import write_endpoints
from api.services.roaming.keys import connector_public_id
from api.services.roaming.sealing import seal
from api.settings import SANDBOX_SECRET
from bench.ocpi_world import fill

URL = "http://bench"
_LOCATION = "prt_bench/DE/CPO/LS"
_PLACE = """
INSERT INTO location (key, partner_id, country_code, party_id, id, name, address, city, country, latitude, longitude,
                      time_zone, time_zone_assumed, publish, last_updated)
VALUES ('prt_bench/DE/CPO/LS', 'prt_bench', 'DE', 'CPO', 'LS', 'Site', 'Street', 'Town', 'DEU', 48.5, 9.2,
        'Europe/Berlin', false, true, now())
"""
_TARIFF = """
INSERT INTO tariff (key, partner_id, country_code, party_id, id, currency, snapshot, raw, missed_pulls, last_updated)
VALUES ('prt_bench/DE/CPO/T1', 'prt_bench', 'DE', 'CPO', 'T1', 'EUR', $1, '{}', 0, now())
"""
_POST = """
WITH post AS (
  INSERT INTO evse (key, location_key, uid, status, capabilities, last_updated)
  VALUES ($1, 'prt_bench/DE/CPO/LS', $2, 'available', '["remote_start_stop_capable"]', now()) RETURNING key
)
INSERT INTO connector (key, evse_key, public_id, id, standard, format, power_type, max_electric_power_w, tariff_ids,
                       last_updated)
SELECT key || '/1', key, $3, '1', 'iec_62196_t2', 'socket', 'ac_3_phase', 22000, '["T1"]', now() FROM post
"""
_DRIVER = """
INSERT INTO driver (id, email, name, password_hash, language, contract_id, payment_method_id, processor_customer_id,
                    created_at)
VALUES ($1::text, $1::text || '@bench.test', 'Bench', 'x', 'en', 'DE-CHH-' || $1::text, 'pm_card_visa',
        'cus_' || $1::text, now())
"""


_RUNS = """
UPDATE charging_session SET status = 'charging', metering = 'live', charging_at = now(), metered_at = now(), kwh = 6.48,
  running = jsonb_build_object('total_minor', 455, 'at', now()), place = $1, state = $2
"""
_PLACE_SEEN = {
    "name": "Harbor",
    "address": "Harbor Street 1",
    "city": "Stuttgart",
    "country": "DEU",
    "evse_id": "DE*CPO*E1",
    "visual_id": "#13",
    "connector": "iec_62196_t2",
    "operator": {"name": "Harbor Energy", "web": None, "phone": "+49 711 0000"},
}
_HOLDS = """
INSERT INTO hold (id, charging_session_id, driver_id, customer_id, payment_method_id, currency, amount_minor, status,
                  authorized_minor, captured_minor, released_minor, card_brand, card_last4, capture_before, created_at,
                  updated_at)
SELECT 'hld_' || id, id, driver_id, 'cus_1', 'pm_1', currency, hold_minor, 'placed', hold_minor, 0, 0, 'visa', '4242',
       now() + interval '7 days', now(), now() FROM charging_session
"""


async def prepare(url: str, charges: int) -> None:
    """Store running charges."""
    connection = await asyncpg.connect(url)
    try:
        await add_running(connection, charges)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def add_running(connection: asyncpg.Connection, charges: int) -> None:
    """Store the partner of the bench and running charges at it."""
    state = replace(
        ChargingState.new(Money(500000, "EUR")),
        status=ChargingStatus.CHARGING,
        hold=HoldStatus.PLACED,
        session_seen=True,
    )
    await fill(connection, charges)
    await connection.execute(_RUNS, json.dumps(_PLACE_SEEN), json.dumps(state_document(state)))
    await connection.execute(_HOLDS)


_PEER = "UPDATE partner SET their_token_sealed = $1, endpoints = $2 WHERE id = 'prt_bench'"


async def prepare_starts(url: str, starts: int, partner: str) -> None:
    """Store a partner at an address, and as many free posts and drivers with a card as starts are wanted."""
    connection = await asyncpg.connect(url)
    try:
        await fill(connection, 0)
        await add_starts(connection, starts, partner)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def add_starts(connection: asyncpg.Connection, starts: int, partner: str) -> None:
    """Let the partner of the bench be reached at an address, and store free posts and drivers with a card."""
    sealed = seal(sealing_key(SecretStr(SANDBOX_SECRET)), "their-token-of-the-bench", owner="prt_bench")
    commands = Endpoint("commands", InterfaceRole.RECEIVER, f"{partner}/ocpi/commands")
    energy = TariffElement((PriceComponent(ComponentType.energy, Decimal("0.39"), 1),))
    tariff = Tariff("T1", "EUR", (energy,), country_code="DE", party_id="CPO")
    await connection.execute(_PEER, sealed, json.dumps(write_endpoints([commands])))
    await connection.execute(_PLACE)
    await connection.execute(_TARIFF, json.dumps(tariff_to_json(tariff)))
    for number in range(starts):
        key = f"{_LOCATION}/S{number}"
        await connection.execute(_POST, key, f"S{number}", connector_public_id(f"{key}/1"))
        await connection.execute(_DRIVER, f"drv_s{number}")


def connector(number: int) -> str:
    """Return the public id of the connector that a driver starts at."""
    return connector_public_id(f"{_LOCATION}/S{number}/1")


def access_token(driver_id: str) -> str:
    """Return what signs a driver in for a quarter of an hour."""
    tokens = AccessTokens(SANDBOX_SECRET, issuer=URL, lifetime=timedelta(minutes=15))
    return tokens.issue(driver_id=driver_id, family_id="fam_bench", jti=driver_id, now=datetime.now(UTC))


def call(
    method: str, path: str, driver_id: str, body: bytes = b"", *, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a request of a signed-in driver as it goes over the wire."""
    head = [f"{method} {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {access_token(driver_id)}"]
    head += [f"{name}: {value}" for name, value in (headers or {}).items()]
    head += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*head, "", ""]).encode() + body
