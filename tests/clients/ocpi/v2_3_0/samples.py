"""Objects as a 2.3.0 partner sends them: those of ``tests/clients/ocpi/samples.py`` with what 2.3.0 changes."""

from decimal import Decimal
from typing import Any

from tests.clients.ocpi import samples
from tests.clients.ocpi.samples import Json


def a_price(before: str, tax: str | None = None) -> Json:
    """Return an amount with one tax, or with none stated."""
    stated = {"before_taxes": Decimal(before)}
    return stated if tax is None else stated | {"taxes": [{"name": "BTW", "percentage": 21, "amount": Decimal(tax)}]}


def a_connector(**changes: Any) -> Json:
    """Return a connector at which a car can authorize itself."""
    return samples.a_connector(capabilities=["ISO_15118_20_PLUG_AND_CHARGE"]) | changes


def an_evse(**changes: Any) -> Json:
    """Return an EVSE with one place to park."""
    return (
        samples.an_evse(
            connectors=[a_connector()],
            parking=[{"parking_id": "p-13", "evse_position": "LEFT"}],
            accepted_service_providers=["Chargehand", "Laadclub"],
        )
        | changes
    )


def a_location(**changes: Any) -> Json:
    """Return a garage whose parking places are described."""
    places = [
        {
            "id": "p-13",
            "physical_reference": "B13",
            "vehicle_types": ["PERSONAL_VEHICLE", "HOVERCRAFT"],
            "restricted_to_type": True,
            "reservation_required": False,
            "max_vehicle_height": Decimal("195.5"),
            "time_limit": 240,
        }
    ]
    return samples.a_location(evses=[an_evse()], parking_places=places, help_phone="+31 30 5550113") | changes


def a_tariff(**changes: Any) -> Json:
    """Return a tariff without tax in its prices, and a limit in the new spelling."""
    limit = {"before_taxes": Decimal("60.00"), "after_taxes": Decimal("72.60")}
    return samples.a_tariff(tax_included="NO", max_price=limit) | changes


def a_session(**changes: Any) -> Json:
    """Return a running session with its tax stated."""
    return samples.a_session(total_cost=a_price("2.50", "0.525")) | changes


def a_cdr(**changes: Any) -> Json:
    """Return the bill of that session."""
    return (
        samples.a_cdr(
            tariffs=[a_tariff()],
            total_cost=a_price("5.945", "1.24845"),
            total_energy_cost=a_price("5.945", "1.24845"),
        )
        | changes
    )


def credentials(**changes: Any) -> Json:
    """Return the credentials of a platform with a hub in it."""
    role = {"role": "CPO", "party_id": "WPX", "country_code": "NL", "business_details": {"name": "Wegpunt"}}
    return {
        "token": "their-secret",
        "url": "https://hub.example/versions",
        "hub_party_id": "NLHUB",
        "roles": [role],
    } | changes
