"""One call of a partner as the receivers see it: who, in which version, about which object, and how to answer.

Every receiver checks through here that a partner writes only what is its own (reliability.md X5).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from api.domain.errors import Invalid, NotFound
from api.domain.ids import PartyId
from api.models.partner import Partner
from api.ports import Ports
from api.routes.ocpi.admission import Admission, Doors
from api.routes.ocpi.auth import IssuedTokens
from api.routes.ocpi.body import Body, read_json
from api.routes.ocpi.envelope import Envelopes
from api.services.roaming.partners import Caller, owns
from api.services.work import Work
from api.settings import Settings
from clients.ocpi.dialect import Dialect


class ForeignOwner(NotFound):
    """The country and party are not among this partner's roles."""


class IdsDiffer(Invalid):
    """The body speaks of another object than the URL. Fact: ``reason``."""


@dataclass(frozen=True, slots=True)
class Face:
    """What the whole face stands on."""

    settings: Settings
    ports: Ports
    work: Work
    envelopes: Envelopes
    admission: Admission
    doors: Doors
    issued: IssuedTokens


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call in a version we speak."""

    face: Face
    request: Request
    caller: Caller
    dialect: Dialect
    now: datetime

    @property
    def partner(self) -> Partner:
        """Return who calls."""
        return self.caller.partner

    @property
    def ports(self) -> Ports:
        """Return the ports that services are given."""
        return self.face.ports

    @property
    def work(self) -> Work:
        """Return what opens a unit of work."""
        return self.face.work

    def path(self, name: str) -> str:
        """Return a part of the URL."""
        return str(self.request.path_params[name])

    def owner(self) -> tuple[str, str]:
        """Return the country and party of the URL; raises ForeignOwner unless they are the partner's."""
        return self.own(self.path("country_code"), self.path("party_id"))

    def party(self) -> PartyId:
        """Return the party to assume where neither the URL nor the body names one, as in CDRs of 2.1.1."""
        return PartyId(self.partner.country_code, self.partner.party_id)

    def own(self, country_code: str, party_id: str) -> tuple[str, str]:
        """Return the country and party; raises ForeignOwner unless they are the partner's."""
        if not owns(self.partner, country_code, party_id):
            raise ForeignOwner("owner_unknown")
        return country_code, party_id

    async def body(self) -> Body:
        """Read the body as JSON; raises BodyTooLarge, NotJson."""
        return await read_json(self.request, self.face.settings.body_limit)

    def success(
        self, data: object = None, *, http_status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """Return an answer with status 1000."""
        return self.face.envelopes.success(self.request, data, http_status=http_status, headers=headers)


Receiver = Callable[[Call], Awaitable[Response]]
Paths = Mapping[str, Mapping[str, Receiver]]
"""The paths of a module below its endpoint, with the receiver of each HTTP method."""
OWNED = "/{country_code}/{party_id}"
"""How paths of objects begin that have an owner."""


def require_same(**pairs: tuple[str, str]) -> None:
    """Raise IdsDiffer unless the id of the URL and that of the body are the same, without case, in each pair."""
    for name, (in_url, in_body) in pairs.items():
        if in_url.upper() != in_body.upper():
            raise IdsDiffer("ids_differ", reason=f"{name}: the body has another one than the URL")
