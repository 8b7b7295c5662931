"""Every in-memory port keeps to its Protocol.

That ``FakePayments`` behaves as ``StripePayments`` does is shown in ``tests/clients/stripe/test_contract*.py``, where
one contract runs against the fake and against the real SDK speaking HTTP to ``sandbox/stripe``.
"""

import inspect
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from api.domain.ids import PartyId
from api.domain.roaming.command import AnswerKind, CommandAnswer, StopCommand
from api.domain.roaming.location import Location
from api.domain.roaming.partner import Peer
from api.ports.cards import Cards
from api.ports.checkpoints import POINTS, Checkpoints
from api.ports.clock import Clock
from api.ports.documents import Documents
from api.ports.hub_directory import HubDirectory
from api.ports.identity import IdentityProvider
from api.ports.invoice_reports import InvoiceReports
from api.ports.mail import Mail
from api.ports.mailbox import Mailbox
from api.ports.mirror import Mirror
from api.ports.pass_sync import PassSync
from api.ports.payins import Payins
from api.ports.payments import Payments
from api.ports.places import Places
from api.ports.push import Push
from api.ports.randomness import Randomness
from api.ports.reach import Reach
from api.ports.refunds import Refunds
from api.ports.remote_control import RemoteControl
from api.ports.roaming import PartnerUnreachable, PulledObject, RegistrationFailed, Roaming, UnreadableObject
from api.ports.settlement import Settlement
from api.ports.smart_charging import SmartCharging
from api.ports.status_file import StatusFile
from api.ports.traffic import Traffic
from api.ports.webhook_posts import WebhookPosts
from api.services.roaming.traffic import TrafficBuffer
from clients.documents.papers import TypesetDocuments
from clients.identity.oidc import NoIdentityProvider, OidcIdentityProvider
from clients.mail.imap import ImapMailbox, NoMailbox
from clients.mail.smtp import NoMail, SmtpMail
from clients.ocpi.gateway import OcpiGateway
from clients.ocpi.gateway_invoices import OcpiInvoiceReports
from clients.ocpi.gateway_smart import OcpiSmartCharging
from clients.ocpi.hub_directory import OcpiHubDirectory
from clients.ocpi.pass_sync import OcpiPassSync
from clients.ocpi.places import OcpiPlaces
from clients.ocpi.remote_control import OcpiRemoteControl
from clients.push.channels import PushChannels
from clients.stripe.cards import StripeCards
from clients.stripe.mirror import StripeMirror
from clients.stripe.payins import StripePayins
from clients.stripe.payments import StripePayments
from clients.stripe.refunds import StripeRefunds
from clients.stripe.settlement import StripeSettlement
from clients.system import KillingCheckpoints, SandboxClock, SilentCheckpoints, SystemClock, SystemRandomness
from clients.watching.reach import HttpReach
from clients.watching.status_file import AtomicStatusFile
from clients.webhooks.sender import HttpWebhookPosts
from tests.fakes import (
    START,
    FakeCards,
    FakeCheckpoints,
    FakeClock,
    FakeDocuments,
    FakeHubDirectory,
    FakeIdentityProvider,
    FakeInvoiceReports,
    FakeMail,
    FakeMailbox,
    FakeMirror,
    FakePassSync,
    FakePayins,
    FakePayments,
    FakePlaces,
    FakePush,
    FakeRandomness,
    FakeReach,
    FakeRefunds,
    FakeRemoteControl,
    FakeRoaming,
    FakeSettlement,
    FakeSmartCharging,
    FakeStatusFile,
    FakeWebhookPosts,
    SimulatedCrash,
    fake_ports,
)

PEER = Peer("prt_1", "2.2.1", "token", (), our_party=PartyId("DE", "CHH"), their_party=PartyId("DE", "CPO"))


def a_location(location_id: str, *, at: datetime) -> PulledObject[Location]:
    """Return a pulled location last changed at ``at``."""
    location = Location(
        country_code="DE",
        party_id="CPO",
        id=location_id,
        address="Market Square 1",
        city="Town",
        country="DEU",
        latitude=Decimal("48.1"),
        longitude=Decimal("9.2"),
        time_zone="Europe/Berlin",
        last_updated=at,
    )
    return PulledObject(location, raw="{}")


class TestRoaming:
    """What ``api.ports.roaming.Roaming`` promises, and how tests program it."""

    async def test_commands_are_answered_as_programmed(self) -> None:
        """Queued answers come first, an error among them is raised, then the partner accepts; all calls are logged."""
        roaming = FakeRoaming()
        port: Roaming = roaming
        refusal = CommandAnswer(AnswerKind.REJECTED, timeout_seconds=5)
        roaming.stop_answers.extend([refusal, PartnerUnreachable("partner_unreachable")])
        command = StopCommand("http://chargehand.test/result", "S-1")
        assert await port.send_stop(PEER, command) is refusal
        with pytest.raises(PartnerUnreachable):
            await port.send_stop(PEER, command)
        assert (await port.send_stop(PEER, command)).kind is AnswerKind.ACCEPTED
        assert [call.arguments for call in roaming.calls_of("send_stop")] == [(command,)] * 3

    async def test_registration_is_answered_as_programmed(self) -> None:
        """Without a queued registration the peer registers; a queued failure is raised."""
        roaming = FakeRoaming()
        port: Roaming = roaming
        assert (await port.complete_registration("http://peer.test/versions", "once", version="2.2.1")).their_token
        roaming.registrations.append(RegistrationFailed("registration_failed", step="versions"))
        with pytest.raises(RegistrationFailed):
            await port.complete_registration("http://peer.test/versions", "once", version="2.2.1")

    async def test_pulls_yield_what_changed(self) -> None:
        """A pull yields objects changed since the given time and unreadable ones, then breaks if told so."""
        roaming = FakeRoaming()
        port: Places = FakePlaces(roaming)
        new, old = a_location("new", at=START), a_location("old", at=START - timedelta(days=2))
        bad = UnreadableObject("no id", "{}")
        roaming.locations.extend([new, bad, old])
        assert [page.objects async for page in port.location_pages(PEER)] == [(new, bad, old)]
        since = START - timedelta(days=1)
        assert [page.objects async for page in port.location_pages(PEER, changed_since=since)] == [(new, bad)]
        roaming.pull_error = PartnerUnreachable("partner_unreachable")
        broken = port.location_pages(PEER)
        assert (await anext(broken)).objects == (new, bad, old)
        with pytest.raises(PartnerUnreachable):
            await anext(broken)


@pytest.mark.parametrize(
    ("protocol", "implementation"),
    [
        (Payments, FakePayments),
        (Payments, StripePayments),
        (Refunds, FakeRefunds),
        (Refunds, StripeRefunds),
        (Payins, FakePayins),
        (Payins, StripePayins),
        (Settlement, FakeSettlement),
        (Settlement, StripeSettlement),
        (Mailbox, FakeMailbox),
        (Mailbox, ImapMailbox),
        (Mailbox, NoMailbox),
        (Mirror, FakeMirror),
        (Mirror, StripeMirror),
        (Traffic, TrafficBuffer),
        (Push, FakePush),
        (Push, PushChannels),
        (WebhookPosts, FakeWebhookPosts),
        (WebhookPosts, HttpWebhookPosts),
        (Reach, FakeReach),
        (Reach, HttpReach),
        (StatusFile, FakeStatusFile),
        (StatusFile, AtomicStatusFile),
        (Cards, FakeCards),
        (Cards, StripeCards),
        (Roaming, FakeRoaming),
        (SmartCharging, FakeSmartCharging),
        (SmartCharging, OcpiSmartCharging),
        (InvoiceReports, FakeInvoiceReports),
        (InvoiceReports, OcpiInvoiceReports),
        (Roaming, OcpiGateway),
        (RemoteControl, FakeRemoteControl),
        (RemoteControl, OcpiRemoteControl),
        (PassSync, FakePassSync),
        (PassSync, OcpiPassSync),
        (HubDirectory, FakeHubDirectory),
        (HubDirectory, OcpiHubDirectory),
        (Places, FakePlaces),
        (Places, OcpiPlaces),
        (Clock, FakeClock),
        (Clock, SystemClock),
        (Clock, SandboxClock),
        (Randomness, FakeRandomness),
        (Randomness, SystemRandomness),
        (Documents, FakeDocuments),
        (Documents, TypesetDocuments),
        (IdentityProvider, FakeIdentityProvider),
        (IdentityProvider, NoIdentityProvider),
        (IdentityProvider, OidcIdentityProvider),
        (Mail, FakeMail),
        (Mail, NoMail),
        (Mail, SmtpMail),
        (Checkpoints, FakeCheckpoints),
        (Checkpoints, SilentCheckpoints),
        (Checkpoints, KillingCheckpoints),
    ],
)
def test_a_port_is_implemented_as_declared(protocol: type, implementation: type) -> None:
    """Each method of the Protocol exists with the same parameters, so implementations are interchangeable."""
    declared = [pair for pair in inspect.getmembers(protocol, inspect.isfunction) if not pair[0].startswith("_")]
    assert declared
    for name, method in declared:
        ours = inspect.signature(getattr(implementation, name))
        assert list(ours.parameters.values()) == list(inspect.signature(method).parameters.values()), name


class TestCheckpoints:
    """What ``api.ports.checkpoints.Checkpoints`` promises, and what tests add to it."""

    def test_points_are_recorded(self) -> None:
        """Every known point can be reached and is remembered in order; an unknown one fails the test."""
        checkpoints = FakeCheckpoints()
        port: Checkpoints = checkpoints
        for point in POINTS:
            port.reach(point)
        assert checkpoints.reached == list(POINTS)
        with pytest.raises(AssertionError):
            port.reach("hold.imagined")

    def test_a_crash_happens_once(self) -> None:
        """The chosen point kills the first time, past every handler of ``Exception``, and not after the restart."""
        checkpoints = FakeCheckpoints(crash_at="hold.performed")
        checkpoints.reach("hold.planned")
        with pytest.raises(SimulatedCrash):
            checkpoints.reach("hold.performed")
        checkpoints.reach("hold.performed")
        assert not issubclass(SimulatedCrash, Exception)


class TestPorts:
    """The bundle handed to services."""

    def test_a_given_port_replaces_the_fake(self) -> None:
        """``fake_ports`` fills what is not given, and the clock given is the one that payments go by."""
        roaming: Roaming = FakeRoaming()
        clock = FakeClock()
        ports = fake_ports(roaming=roaming, clock=clock)
        assert ports.roaming is roaming
        assert ports.clock is clock
        assert isinstance(fake_ports().randomness, FakeRandomness)
