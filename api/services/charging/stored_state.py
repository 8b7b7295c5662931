"""The lifecycle machine's state as it is stored on a charge's row. Only ``advance.py`` writes it."""

from typing import Any

import msgspec

from api.domain.charging.state import ChargingState, Policy
from api.domain.pricing.hold_rule import minimum_charge
from api.models.charging import ChargingSession
from api.ports.policy import ServicePolicy


def state_of(charge: ChargingSession) -> ChargingState:
    """Return the machine's state as stored on the row."""
    return msgspec.convert(charge.state, ChargingState)


def state_document(state: ChargingState) -> dict[str, Any]:
    """Return the machine's state as JSON for the row."""
    document: dict[str, Any] = msgspec.to_builtins(state)
    return document


def machine_policy(policy: ServicePolicy, currency: str) -> Policy:
    """Return the numbers that the machine decides on, for charges in ``currency``."""
    return Policy(
        minimum_charge=minimum_charge(currency, policy.minimum_charges), stop_unsecured=policy.pass_stop_unsecured
    )
