"""Prices change while the CPO runs: the list shows it, and every peer that takes tariffs is told."""

from decimal import Decimal
from typing import Any

from sandbox.cpo.clock import to_iso
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.reports import set_of_peers
from sandbox.cpo.wires import wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]


def change_prices(world: World, tariff_id: str, percent: Decimal) -> Json:
    """Change every price of a tariff; sessions that run keep theirs. Raises `KeyError` for an unknown tariff."""
    old = world.feed.tariffs[tariff_id]
    elements = [
        element
        | {
            "price_components": [
                part | {"price": Decimal(str(part["price"])) * (1 + percent / 100)}
                for part in element["price_components"]
            ]
        }
        for element in old["elements"]
    ]
    fresh: Json = old | {"elements": elements, "last_updated": to_iso(int(world.now()))}
    world.feed.tariffs[tariff_id] = fresh
    for peer in set_of_peers(world):
        url = peer.endpoint("tariffs")
        if url is not None:
            wire, owner = wire_of(peer.version), (fresh["country_code"], fresh["party_id"])
            body = wire.tariff(fresh)
            if wire.PATCHES_TARIFFS:
                body = {name: body[name] for name in ("elements", "last_updated")}
            method = "PATCH" if wire.PATCHES_TARIFFS else "PUT"
            path = f"{url}/{'/'.join(owner)}/{tariff_id}"
            world.send(f"tariff {tariff_id} {peer.our_token}", Parcel(peer, method, path, body, "tariff", sender=owner))
    return fresh
