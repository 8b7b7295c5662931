"""Domain objects as documents."""

import json
from dataclasses import replace
from datetime import time
from decimal import Decimal

from api.domain.ids import PartyId
from api.domain.pricing.tariff import ComponentType, PriceComponent, Restrictions, TariffElement
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, PartyRole
from api.domain.roaming.session import Price
from api.services.roaming.documents import (
    read_cdr,
    read_endpoints,
    read_roles,
    read_session,
    write_cdr,
    write_endpoints,
    write_roles,
    write_session,
)
from tests.api.services.roaming.builders import a_cdr, a_session, a_tariff, at


def test_a_session_survives_storage_exactly() -> None:
    """Through JSON text and back, a session is equal to the last digit and microsecond."""
    session = a_session(
        kwh=Decimal("0.10000000000000000001"),
        ended_at=at(3.0000001),
        total_cost=Price(Decimal("1.10"), None),
    )
    document = json.loads(json.dumps(write_session(session)))
    assert read_session(document) == session
    assert document["kwh"] == "0.10000000000000000001"


def test_a_cdr_survives_storage_with_its_tariffs() -> None:
    """A CDR's document keeps all of it exactly, the tariffs that it was billed by among it."""
    limited = Restrictions(time(8), time(20), max_power=Decimal("22.5"), days_of_week=frozenset({1, 5}))
    night = TariffElement((PriceComponent(ComponentType.energy, Decimal("0.10"), 1),), limited)
    parts = {"energy": Price(Decimal("-0.05"))}
    cdr = a_cdr(
        tariffs=(replace(a_tariff(), elements=(night,)),),
        total_cost=Price(Decimal("-0.05"), Decimal("-0.06")),
        costs=parts,
    )
    assert read_cdr(json.loads(json.dumps(write_cdr(cdr)))) == cdr


def test_roles_and_endpoints_survive_storage() -> None:
    """What a registration found out is read back equal."""
    roles = (PartyRole(MarketRole.HUB, PartyId("nl", "hub"), "A hub", "https://hub.test"),)
    endpoints = (Endpoint("tariffs", InterfaceRole.SENDER, "https://hub.test/tariffs"),)
    assert read_roles(json.loads(json.dumps(write_roles(roles)))) == roles
    assert read_endpoints(json.loads(json.dumps(write_endpoints(endpoints)))) == endpoints
