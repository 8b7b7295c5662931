"""What the virtual CPO keeps in memory: peers, sessions, reservations, plans. No wire shapes, hardly any behavior."""

from collections import deque
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.cpo.feed import Place
from sandbox.cpo.periods import Course
from sandbox.cpo.schedule import Due

Json = dict[str, Any]


@dataclass(slots=True)
class Peer:
    """A registered eMSP platform: the token we call it with, the token it calls us with, and where its modules are."""

    versions_url: str
    their_token: str
    our_token: str
    country_code: str
    party_id: str
    endpoints: dict[tuple[str, str], str]
    version: str = "2.2.1"

    def endpoint(self, module: str, role: str = "RECEIVER") -> str | None:
        """Return the module's URL without a trailing slash, or nothing when the peer does not serve it."""
        url = self.endpoints.get((module, role))
        return url.rstrip("/") if url else None


@dataclass(slots=True)
class Plan:
    """What the car will do at the next start: seconds are virtual, energy is kWh, power is kW."""

    connect_after_s: int = 5
    first_data_after_s: int = 20
    energy_kwh: Decimal = Decimal("12.0")
    charging_s: int = 3600
    parked_s: int = 900
    update_every_s: int = 300
    cdr_after_s: int = 60
    stop_by: str | None = None
    disconnect_after_stop_s: int = 600
    max_power_kw: Decimal | None = None

    @classmethod
    def from_json(cls, raw: Json) -> "Plan":
        """Read a plan; raises `ValueError` for an unknown name or a value that makes no sense."""
        plan = cls()
        for name, value in raw.items():
            if name not in cls.__slots__:
                raise ValueError(f"a plan has no {name}")
            setattr(plan, name, _plan_value(name, value))
        if plan.stop_by not in (None, "vehicle", "charger"):
            raise ValueError("stop_by is null, vehicle or charger")
        if plan.charging_s <= 0 or plan.update_every_s <= 0:
            raise ValueError("charging_s and update_every_s are at least one second")
        return plan

    def course(self, start: int) -> Course:
        """Return the meter's course from ``start``, energy held to what ``max_power_kw`` can deliver."""
        kwh = self.energy_kwh
        if self.max_power_kw is not None:
            kwh = min(kwh, (self.max_power_kw * self.charging_s / 3600).quantize(Decimal("0.001")))
        return Course(start, kwh, self.charging_s, start + self.charging_s)


def _plan_value(name: str, value: Any) -> Any:
    if name == "stop_by" or (name == "max_power_kw" and value is None):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{name} is a number") from error
    if not number.is_finite() or number < 0:
        raise ValueError(f"{name} is not negative")
    return number if name in ("energy_kwh", "max_power_kw") else round(number)


@dataclass(slots=True)
class LiveSession:
    """A session from the accepted start to its CDR. Times are virtual unix seconds."""

    id: str
    peer: Peer
    place: Place
    connector: Json
    tariff: Json | None
    token: Json
    plan: Plan
    authorization_reference: str | None
    auth_method: str = "COMMAND"
    course: Course | None = None
    status: str = "ACCEPTED"  # ours only, until the car is connected; then OCPI's ACTIVE and COMPLETED
    end: int | None = None
    stopped_by: str | None = None
    reported_until: int = 0
    last_updated: float = 0.0
    steps: dict[str, Due] = field(default_factory=dict)
    held_patch: Json | None = None
    first_patch: Json | None = None
    cdr: Json | None = None
    cdr_delivered: bool = False

    @property
    def evse_uid(self) -> str:
        """The EVSE's technical id."""
        return str(self.place.evse["uid"])

    def running(self) -> Course:
        """Return the meter's course; only sessions whose car is connected have one."""
        assert self.course is not None, f"session {self.id} has not begun"
        return self.course


@dataclass(frozen=True, slots=True)
class Issued:
    """A CDR on our list: for whom, of which operator."""

    peer: Peer
    owner: tuple[str, str]
    cdr: Json


@dataclass(slots=True)
class Reservation:
    """An EVSE kept free for one token."""

    id: str
    peer: Peer
    evse_uid: str
    token_uid: str
    expiry: Due


@dataclass(slots=True)
class EvseState:
    """The live part of an EVSE: OCPI status, since when, and the session that holds it."""

    status: str
    last_updated: str
    session_id: str | None = None


class PlanBook:
    """Plans waiting for the next start, by EVSE uid or ``*`` for whichever starts next."""

    def __init__(self, standing: dict[str, Plan] | None = None) -> None:
        self._waiting: dict[str, deque[Plan]] = {}
        self._standing = standing or {}

    def add(self, evse_uid: str, plan: Plan) -> None:
        """Queue a plan."""
        self._waiting.setdefault(evse_uid, deque()).append(plan)

    def take(self, evse_uid: str) -> Plan:
        """Return the EVSE's own next plan, else the next for any EVSE, else what is usual there."""
        for key in (evse_uid, "*"):
            if self._waiting.get(key):
                return self._waiting[key].popleft()
        return replace(self._standing[evse_uid]) if evse_uid in self._standing else Plan()

    def clear(self) -> None:
        """Forget all plans but the standing ones."""
        self._waiting.clear()
