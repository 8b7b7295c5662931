"""In-memory ports for tests of services, routes and jobs: settable, repeatable, with a log of what was asked.

Each keeps to its Protocol in ``api/ports``; ``tests/test_fakes_contract.py`` holds them to it. The processor's fakes
and the partners' fill files of their own and are imported from here.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.domain.ids import PartyId
from api.domain.money import Money
from api.ports import Ports
from api.ports.checkpoints import POINTS
from api.ports.clock import Clock
from api.ports.payins import Payins
from api.ports.payments import Payments
from api.ports.policy import ServicePolicy
from api.ports.settlement import Settlement
from api.services.roaming.traffic import TrafficBuffer
from tests.fake_answers import PaymentsCall
from tests.fake_card_file import CardFile
from tests.fake_cards import FakeCards
from tests.fake_hub_directory import FakeHubDirectory
from tests.fake_identity import FakeIdentityProvider
from tests.fake_invoice_reports import FakeInvoiceReports
from tests.fake_mailbox import FakeMailbox
from tests.fake_mirror import FakeMirror
from tests.fake_papers import FakeDocuments, FakeMail
from tests.fake_pass_sync import FakePassSync
from tests.fake_payins import FakePayins
from tests.fake_payments import ACTION_CARD, DECLINED_CARDS, HOLD_LIFE, FakePayments
from tests.fake_places import FakePlaces
from tests.fake_push import FakePush, FakeWebhookPosts
from tests.fake_refunds import FakeRefunds
from tests.fake_remote_control import FakeRemoteControl
from tests.fake_roaming import FakeRoaming, RoamingCall
from tests.fake_settlement import FakeSettlement
from tests.fake_smart_charging import FakeSmartCharging
from tests.fake_watching import FakeReach, FakeStatusFile

__all__ = [
    "ACTION_CARD",
    "DECLINED_CARDS",
    "HOLD_LIFE",
    "START",
    "FakeCards",
    "FakeCheckpoints",
    "FakeClock",
    "FakeDocuments",
    "FakeHubDirectory",
    "FakeIdentityProvider",
    "FakeInvoiceReports",
    "FakeMail",
    "FakeMailbox",
    "FakeMirror",
    "FakePassSync",
    "FakePayins",
    "FakePayments",
    "FakePlaces",
    "FakePush",
    "FakeRandomness",
    "FakeReach",
    "FakeRefunds",
    "FakeRemoteControl",
    "FakeRoaming",
    "FakeSettlement",
    "FakeSmartCharging",
    "FakeStatusFile",
    "FakeWebhookPosts",
    "PaymentsCall",
    "RoamingCall",
    "SimulatedCrash",
    "fake_policy",
    "fake_ports",
]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""Where a fake clock stands at first: a Monday morning, far from any change of daylight saving time."""


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        """Stand at ``at``, an aware moment."""
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self._now

    def set(self, at: datetime) -> None:
        """Move to ``at``, forth or back."""
        self._now = at.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds``."""
        self._now += timedelta(seconds=seconds)

    def wall_time(self, at: datetime) -> datetime:
        """Return ``at``: this clock and the wall agree."""
        return at


class FakeRandomness:
    """Ids and secrets in one counted sequence: unique within a test, the same in every run."""

    def __init__(self) -> None:
        """Start counting at one."""
        self._count = 0

    def new_id(self, prefix: str) -> str:
        """Return for example ``chs_00000001``."""
        return f"{prefix}_{self._next():08d}"

    def secret(self) -> str:
        """Return a secret of the real length."""
        return f"secret-{self._next():036d}"

    def token_uid(self) -> str:
        """Return for example ``UID00000001``."""
        return f"UID{self._next():08d}"

    def _next(self) -> int:
        self._count += 1
        return self._count


class SimulatedCrash(BaseException):
    """The process died here. Not an ``Exception``, so that no handler of the code under test can survive it."""


class FakeCheckpoints:
    """Records the points that were reached and, if told so, dies at one of them the first time."""

    def __init__(self, *, crash_at: str | None = None) -> None:
        """Die at ``crash_at``, one of ``POINTS``, or never."""
        assert crash_at is None or crash_at in POINTS, f"{crash_at} is no checkpoint"
        self.reached: list[str] = []
        self._crash_at = crash_at

    def reach(self, point: str) -> None:
        """Record ``point``; an unknown name fails the test."""
        assert point in POINTS, f"{point} is missing in api/ports/checkpoints.py"
        self.reached.append(point)
        if point == self._crash_at:
            self._crash_at = None
            raise SimulatedCrash(point)


def fake_policy() -> ServicePolicy:
    """Return the rules of a made-up installation; change single ones with ``dataclasses.replace``."""
    return ServicePolicy(
        public_url="http://chargehand.test",
        our_party=PartyId("DE", "CHH"),
        our_name="Chargehand",
        our_website=None,
        sealing_key=bytes(range(32)),
    )


def fake_ports(**given: Any) -> Ports:
    """Return ports that are all fakes but for those given by name; keep hold of a fake you want to steer by giving it.

    A name that ``Ports`` does not have raises TypeError.
    """
    chosen = {name: port for name, port in given.items() if port is not None}
    clock = chosen.setdefault("clock", FakeClock())
    payments = chosen.setdefault("payments", FakePayments(clock))
    card_file = payments.cards if isinstance(payments, FakePayments) else CardFile()
    payins = chosen.setdefault("payins", FakePayins(clock, cards=card_file))
    settlement = chosen.setdefault("settlement", FakeSettlement(clock))
    roaming = chosen.setdefault("roaming", FakeRoaming())
    refunds = chosen.setdefault("refunds", _fake_refunds(clock, payments, payins, settlement))
    others: dict[str, Any] = {
        "randomness": FakeRandomness(),
        "mirror": FakeMirror(clock, payments=payments, payins=payins, refunds=refunds, settlement=settlement),
        "cards": FakeCards(clock, file=card_file),
        "places": FakePlaces(roaming if isinstance(roaming, FakeRoaming) else None),
        "smart_charging": FakeSmartCharging(),
        "invoice_reports": FakeInvoiceReports(),
        "remote_control": FakeRemoteControl(),
        "pass_sync": FakePassSync(),
        "hub_directory": FakeHubDirectory(),
        "checkpoints": FakeCheckpoints(),
        "documents": FakeDocuments(),
        "mail": FakeMail(),
        "identity": FakeIdentityProvider(),
        "mailbox": FakeMailbox(),
        "push": FakePush(),
        "webhook_posts": FakeWebhookPosts(),
        "traffic": TrafficBuffer(),
        "reach": FakeReach(),
        "status_file": FakeStatusFile(),
        "policy": fake_policy(),
    }
    return Ports(**(others | chosen))


def _fake_refunds(clock: Clock, payments: Payments, payins: Payins, settlement: Settlement) -> FakeRefunds:
    """Return refunds of what the other fakes captured and nobody disputes: those of one processor know each other."""

    def captured(payment_intent_id: str) -> Money | None:
        held = payments.captured(payment_intent_id) if isinstance(payments, FakePayments) else None
        if held is not None or not isinstance(payins, FakePayins):
            return held
        return payins.received(payment_intent_id)

    def disputed(payment_intent_id: str) -> bool:
        return isinstance(settlement, FakeSettlement) and settlement.disputed(payment_intent_id)

    return FakeRefunds(clock, captured=captured, disputed=disputed)
