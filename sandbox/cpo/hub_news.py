"""Telling peers who can be reached behind the hub. OCPI `mod_hub_client_info`, push."""

from sandbox.cpo.hub import Client
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.reports import set_of_peers
from sandbox.cpo.world import World


def tell_status(world: World, client: Client) -> None:
    """PUT a party's ClientInfo to every peer that takes it."""
    for peer in set_of_peers(world):
        url = peer.endpoint("hubclientinfo")
        if url is not None:
            path = f"{url}/{client.who.country_code}/{client.who.party_id}"
            parcel = Parcel(peer, "PUT", path, client.info(), "hubclientinfo", functional=False)
            world.outbox.put(f"hubclientinfo {peer.our_token}", parcel)
