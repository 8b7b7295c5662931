"""How long a rotation of tokens may take at most, and that it is waited for longer."""

import json

from httpx import Headers

from api.domain.ids import PartyId
from api.domain.roaming.partner import OurIdentity, Peer
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.roaming.rotate import LEASE
from clients.ocpi.envelope import read_envelope
from clients.ocpi.handshake import rotate as rotate_at
from clients.ocpi.transport import Caller, Reply, Transport
from tests.fakes import fake_policy


class Slow(Transport):
    """A partner that lets every call run into its time-out, and denies a token in its first spelling."""

    def __init__(self) -> None:
        super().__init__(new_id=lambda: "id", sleep=self.pause)
        self.seconds, self.tries = 0.0, 0

    async def pause(self, seconds: float) -> None:
        self.seconds += seconds

    async def _send(self, method: str, url: object, caller: Caller, *rest: object, **how: object) -> Reply:
        self.seconds += self.limits.total_seconds
        self.tries += 1
        if method == "GET" and self.tries % 3:
            raise PartnerUnreachable("partner_unreachable")
        if caller.raw_token_header == (method == "GET"):
            raise PartnerAnsweredBadly("partner_answered_badly", http_status=401)
        details = {"endpoints": [{"identifier": "credentials", "role": "SENDER", "url": "https://peer.test/c"}]}
        listed = [{"version": "2.2.1", "url": "https://peer.test/v"}]
        role = {"role": "CPO", "party_id": "CPO", "country_code": "DE", "business_details": {"name": "An operator"}}
        credentials = {"token": "next", "url": "https://peer.test/versions", "roles": [role]}
        data: object = credentials if method == "PUT" else details if str(url).endswith("/v") else listed
        return Reply(
            read_envelope(json.dumps({"data": data, "status_code": 1000}).encode(), http_status=200), Headers()
        )


async def test_a_rotation_is_waited_for_longer_than_it_can_take() -> None:
    """Or another process would begin a second one beside it: every call to its time-out, in both spellings."""
    slow = Slow()
    peer = Peer(
        "prt_1", "2.2.1", "t", (), fake_policy().our_party, PartyId("DE", "CPO"), True, "https://peer.test/versions"
    )
    ours = OurIdentity(fake_policy().our_party, "Chargehand", None, "https://us.test/versions")
    await rotate_at(slow, peer, ours=ours, token_b="ours")
    assert slow.seconds > 600
    assert LEASE.total_seconds() > slow.seconds + 60
