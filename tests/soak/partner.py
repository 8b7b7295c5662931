"""A partner made of plain JSON: what it did is kept here, what it tells us is up to the rules.

``Operator`` answers our commands as told (it stands where the OCPI gateway would) and keeps its own sessions and CDRs,
so that a pull finds what no push delivered.
"""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.domain.roaming.cdr import Cdr
from api.domain.roaming.command import AnswerKind, CommandAnswer, StartCommand, StopCommand
from api.domain.roaming.partner import Peer
from api.domain.roaming.session import Session
from api.ports.roaming import PartnerUnreachable, PulledObject, UnreadableObject
from clients.ocpi.dialect import dialect_for
from clients.ocpi.exact_json import parse
from tests.api.routes.ocpi.payloads import cdr_body, session_body
from tests.fakes import FakeRoaming

Json = dict[str, Any]

PRICE = Decimal("0.39")
"""Per kWh, before tax."""


def stamp(at: datetime) -> str:
    """Return a moment as OCPI writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def number(value: Decimal) -> float:
    """Return an exact number as JSON writes it: few digits, so that nothing is lost on the way."""
    return float(value)


@dataclass
class Stay:
    """One car at one charger, as the partner knows it; ``kwh`` is what its meter shows."""

    charge_id: str
    token_uid: str
    evse_uid: str
    starts_at: datetime
    number: int
    kwh: int = 0
    ended_at: datetime | None = None
    bills: list[Json] = field(default_factory=list)
    """Every CDR about this stay, in the order in which the partner wrote them."""

    @property
    def session_id(self) -> str:
        """The partner's id of the session."""
        return f"SES{self.number}"

    @property
    def over(self) -> bool:
        """Say whether the cable is out."""
        return self.ended_at is not None

    def token(self) -> Json:
        """Return the token that session and CDR carry."""
        ours = {"country_code": "DE", "party_id": "CHH", "type": "APP_USER", "contract_id": "DE-CHH-C1"}
        return ours | {"uid": self.token_uid}

    def periods(self) -> list[Json]:
        """Return the one charging period."""
        volumes = [{"type": "ENERGY", "volume": self.kwh}]
        return [{"start_date_time": stamp(self.starts_at), "dimensions": volumes, "tariff_id": "T1"}]

    def session(self, now: datetime) -> Json:
        """Return the session as it stands."""
        ending: Json = {"end_date_time": stamp(self.ended_at)} if self.ended_at else {}
        cost = {"excl_vat": number(self.kwh * PRICE)}
        return session_body(
            id=self.session_id, cdr_token=self.token(), evse_uid=self.evse_uid, kwh=self.kwh, total_cost=cost,
            authorization_reference=self.charge_id, start_date_time=stamp(self.starts_at), last_updated=stamp(now),
            charging_periods=self.periods(), status="COMPLETED" if self.over else "ACTIVE", **ending,
        )  # fmt: skip

    def bill(self, now: datetime, bill_id: str, *, taking_back: str | None = None) -> Json:
        """Return a CDR of the stay, or the credit of one."""
        assert self.ended_at is not None
        cost = self.kwh * PRICE * (-1 if taking_back else 1)
        credit: Json = {"credit": True, "credit_reference_id": taking_back} if taking_back else {}
        where = cdr_body()["cdr_location"] | {"evse_uid": self.evse_uid, "evse_id": f"DE*CPO*{self.evse_uid}"}
        hours = max(Decimal(1), Decimal(int((self.ended_at - self.starts_at).total_seconds()))) / 3600
        return cdr_body(
            id=bill_id, session_id=self.session_id, cdr_token=self.token(), cdr_location=where,
            start_date_time=stamp(self.starts_at), end_date_time=stamp(self.ended_at), last_updated=stamp(now),
            charging_periods=self.periods(), total_cost={"excl_vat": number(cost)}, total_energy=self.kwh,
            total_time=number(round(hours, 4)), authorization_reference=self.charge_id, **credit,
        )  # fmt: skip


@dataclass(frozen=True)
class Received:
    """A START_SESSION that reached the partner."""

    charge_id: str
    token_uid: str
    evse_uid: str
    path: str
    """Where its result is to be posted."""


class Operator(FakeRoaming):
    """Answers commands as told and lists its own sessions and CDRs."""

    def __init__(self) -> None:
        """Start with an empty yard."""
        super().__init__()
        self.on_listed: Callable[[Stay], None] = lambda _: None
        """Is told of a stay whose CDRs are handed over in a list."""
        self.forget()

    def forget(self) -> None:
        """Forget everything, as in a new example."""
        self.starts: list[Received] = []
        self.refused: set[str] = set()
        """Charges whose start was refused: no car will charge."""
        self.stays: dict[str, Stay] = {}
        self.next_start = "accept"
        self.next_stop = "accept"
        self.calls.clear()

    async def send_start(self, peer: Peer, command: StartCommand) -> CommandAnswer:
        """Take a start, and answer as told: ``accept``, ``reject``, ``lose`` the answer, or be ``away``."""
        how, self.next_start = self.next_start, "accept"
        if how == "away":
            raise PartnerUnreachable("partner_unreachable")
        path = "/ocpi" + command.response_url.split("/ocpi", 1)[1]
        charge_id = str(command.authorization_reference)
        self.starts.append(Received(charge_id, command.token.uid, str(command.evse_uid), path))
        if how == "reject":
            self.refused.add(charge_id)
            return CommandAnswer(AnswerKind.REJECTED, timeout_seconds=30)
        if how == "lose":
            raise PartnerUnreachable("partner_unreachable")
        return CommandAnswer(AnswerKind.ACCEPTED, timeout_seconds=30)

    async def send_stop(self, peer: Peer, command: StopCommand) -> CommandAnswer:
        """Take a stop, and answer as told."""
        how, self.next_stop = self.next_stop, "accept"
        if how == "away":
            raise PartnerUnreachable("partner_unreachable")
        return CommandAnswer(AnswerKind.REJECTED if how == "reject" else AnswerKind.ACCEPTED, timeout_seconds=30)

    def pull_sessions(
        self, peer: Peer, *, changed_since: datetime
    ) -> AsyncIterator[PulledObject[Session] | UnreadableObject]:
        """List every session as it stands."""
        told = [stay.session(stay.ended_at or stay.starts_at) for stay in self.stays.values()]
        return _listed([PulledObject(_DIALECT.read_session(_exact(each)), json.dumps(each)) for each in told])

    def pull_cdrs(self, peer: Peer, *, changed_since: datetime) -> AsyncIterator[PulledObject[Cdr] | UnreadableObject]:
        """List every CDR."""
        told = [bill for stay in self.stays.values() for bill in stay.bills]
        for stay in self.stays.values():
            self.on_listed(stay)
        return _listed([PulledObject(_DIALECT.read_cdr(_exact(each)), json.dumps(each)) for each in told])


_DIALECT = dialect_for("2.2.1")


def _exact(told: Json) -> Any:
    """Read JSON as the receiver would: numbers stay exact."""
    return parse(json.dumps(told).encode())


async def _listed(found: list[Any]) -> AsyncIterator[Any]:
    for each in found:
        yield each
