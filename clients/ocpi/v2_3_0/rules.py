"""What 2.3.0 rules about the fields of what partners send: the rules of 2.2.1, and the list of what changed.

An enum that became an OpenEnum may hold any word, so nothing is odd about one that is not on the list.
"""

from collections.abc import Mapping

from clients.ocpi.oddities import Rule, with_rules
from clients.ocpi.v2_2_1 import rules as before

_ANY_WORD = Rule()
_ANY_WORD_NEEDED = Rule(required=True)
_NEEDED = Rule(required=True)
_TAXES = Rule(inside={"name": _NEEDED, "amount": _NEEDED})
_PRICE = Rule(inside={"before_taxes": _NEEDED, "taxes": _TAXES})
_PRICE_LIMIT = Rule(inside={"before_taxes": _NEEDED})
_ROLES = frozenset({"CPO", "EMSP", "NAP", "NSP", "OTHER", "SCSP"})
_COSTS = ("fixed", "energy", "time", "parking", "reservation")
_PARKING = Rule(
    inside={
        "id": Rule(36, required=True),
        "physical_reference": Rule(12),
        "vehicle_types": _ANY_WORD_NEEDED,
        "direction": Rule(words=frozenset({"PARALLEL", "PERPENDICULAR", "ANGLE"})),
        "restricted_to_type": _NEEDED,
        "reservation_required": _NEEDED,
        "standards": Rule(36),
    }
)
_TARIFF = with_rules(
    before.RULES["tariffs"],
    {
        "min_price": _PRICE_LIMIT,
        "max_price": _PRICE_LIMIT,
        "tax_included": Rule(required=True, words=frozenset({"YES", "NO", "N/A"})),
        "energy_mix.environ_impact.category": _ANY_WORD_NEEDED,
    },
)
_LOCATION = with_rules(
    before.RULES["locations"],
    {
        "help_phone": Rule(25),
        "parking_places": _PARKING,
        "evses.parking": Rule(
            inside={
                "parking_id": Rule(36, required=True),
                "evse_position": Rule(words=frozenset({"LEFT", "RIGHT", "CENTER"})),
            }
        ),
        "evses.accepted_service_providers": Rule(50),
        "evses.capabilities": _ANY_WORD,
        "evses.parking_restrictions": _ANY_WORD,
        "evses.images.category": _ANY_WORD_NEEDED,
        "evses.connectors.standard": _ANY_WORD_NEEDED,
        "publish_allowed_to.type": _ANY_WORD,
        "parking_type": _ANY_WORD,
        "facilities": _ANY_WORD,
        "images.category": _ANY_WORD_NEEDED,
        **{f"{who}.logo.category": _ANY_WORD_NEEDED for who in ("operator", "suboperator", "owner")},
        "energy_mix.environ_impact.category": _ANY_WORD_NEEDED,
    },
)
_EVSE = _LOCATION["evses"].inside

RULES: Mapping[str, Mapping[str, Rule]] = {
    **before.RULES,
    "locations": _LOCATION,
    "evses": _EVSE,
    "connectors": _EVSE["connectors"].inside,
    "tariffs": _TARIFF,
    "sessions": with_rules(before.RULES["sessions"], {"total_cost": _PRICE, "cdr_token.type": _ANY_WORD_NEEDED}),
    "cdrs": with_rules(
        before.RULES["cdrs"],
        {
            "total_cost": Rule(required=True, inside=_PRICE.inside),
            **{f"total_{kind}_cost": _PRICE for kind in _COSTS},
            "cdr_token.type": _ANY_WORD_NEEDED,
            "cdr_location.connector_standard": _ANY_WORD_NEEDED,
            "tariffs": Rule(inside=_TARIFF),
        },
    ),
    "credentials": with_rules(
        before.RULES["credentials"],
        {
            "hub_party_id": Rule(5),
            "roles.role": Rule(required=True, words=_ROLES),
            "roles.business_details.logo.category": _ANY_WORD_NEEDED,
        },
    ),
}
"""By module, as in 2.2.1."""
