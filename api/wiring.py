"""The only file that names real adapters: builds the ports of a live process from its settings."""

import uuid

import httpx

from api.policies import build_policy
from api.ports import Ports
from api.ports.checkpoints import Checkpoints
from api.ports.clock import Clock
from api.ports.identity import IdentityProvider
from api.ports.mail import Mail
from api.ports.mailbox import Mailbox
from api.ports.traffic import Traffic
from api.services.roaming.traffic import TrafficBuffer
from api.settings import Environment, Settings
from clients.documents.papers import TypesetDocuments
from clients.identity.oidc import NoIdentityProvider, OidcConfig, OidcIdentityProvider
from clients.mail.imap import ImapConfig, ImapMailbox, NoMailbox
from clients.mail.smtp import NoMail, SmtpConfig, SmtpMail
from clients.ocpi.gateway import OcpiGateway
from clients.ocpi.gateway_invoices import OcpiInvoiceReports
from clients.ocpi.gateway_smart import OcpiSmartCharging
from clients.ocpi.hub_directory import OcpiHubDirectory
from clients.ocpi.pass_sync import OcpiPassSync
from clients.ocpi.places import OcpiPlaces
from clients.ocpi.remote_control import OcpiRemoteControl
from clients.ocpi.transport import Limits, Transport
from clients.ocpi.url_guard import UrlGuard
from clients.push.apns import LIVE as APNS_LIVE
from clients.push.apns import SANDBOX as APNS_SANDBOX
from clients.push.apns import Apns, ApnsKey
from clients.push.channels import PushChannels
from clients.push.fcm import Fcm, ServiceAccount
from clients.push.jws import private_key
from clients.push.web_push import guarded_web_push
from clients.stripe.cards import StripeCards
from clients.stripe.connection import StripeConfig, StripeConnection
from clients.stripe.mirror import StripeMirror
from clients.stripe.payins import StripePayins
from clients.stripe.payments import StripePayments
from clients.stripe.refunds import StripeRefunds
from clients.stripe.settlement import StripeSettlement
from clients.system import KillingCheckpoints, SandboxClock, SilentCheckpoints, SystemClock, SystemRandomness
from clients.url_guard import UrlGuard as OutgoingGuard
from clients.watching.reach import HttpReach
from clients.watching.status_file import AtomicStatusFile
from clients.webhooks.sender import HttpWebhookPosts


def build_clock(settings: Settings) -> Clock:
    """Return the wall clock, or the sandbox's shared one."""
    return SandboxClock(settings.clock_file) if settings.clock_file else SystemClock()


def build_checkpoints(settings: Settings) -> Checkpoints:
    """Return silent checkpoints, or the ones that kill this process for a test."""
    if settings.kill_at is None:
        return SilentCheckpoints()
    return KillingCheckpoints(settings.kill_at, settings.data_dir / f"killed-{settings.kill_at}")


def build_transport(settings: Settings, traffic: Traffic | None = None) -> Transport:
    """Return the OCPI transport: one guarded connection pool per partner. Plain http is for the sandbox only."""
    limits = Limits(connect_seconds=settings.connect_timeout_seconds, read_seconds=settings.partner_timeout_seconds)
    https_only = settings.environment is not Environment.SANDBOX
    guard = UrlGuard(allow_loopback=settings.allow_loopback_partners, https_only=https_only)
    return Transport(new_id=lambda: str(uuid.uuid4()), guard=guard, limits=limits, traffic=traffic)


def build_stripe(settings: Settings) -> StripeConnection:
    """Return the one client that every port over Stripe speaks through."""
    return StripeConnection(
        StripeConfig(
            api_key=settings.stripe_api_key.get_secret_value(),
            webhook_secrets=tuple(secret.get_secret_value() for secret in settings.stripe_webhook_secrets),
            environment=settings.environment.value,
            api_base=settings.stripe_api_base,
            timeout=httpx.Timeout(settings.stripe_timeout_seconds, connect=settings.connect_timeout_seconds),
            tap_deadline_seconds=settings.stripe_tap_seconds,
        )
    )


def build_mail(settings: Settings, clock: Clock) -> Mail:
    """Return the way to the mail server, or what says that there is none."""
    if settings.smtp_host is None:
        return NoMail()
    password = settings.smtp_password
    config = SmtpConfig(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        sender_name=settings.our_name,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        timeout_seconds=settings.smtp_timeout_seconds,
    )
    return SmtpMail(config, now=clock.now)


def build_identity(settings: Settings) -> IdentityProvider:
    """Return the way to that provider, or what says that there is none."""
    issuer, secret = settings.console_oidc_issuer, settings.console_oidc_client_secret
    if issuer is None or secret is None:
        return NoIdentityProvider()
    ours = (issuer, settings.console_oidc_client_id, secret.get_secret_value())
    return OidcIdentityProvider(OidcConfig(*ours, levels=settings.console_oidc_acr))


def build_mailbox(settings: Settings) -> Mailbox:
    """Return the mailbox that customers write to, or what says that there is none."""
    return ImapMailbox(ImapConfig(**settings.mailbox)) if settings.imap_host else NoMailbox()


def build_push(settings: Settings) -> PushChannels:
    """Return the push services that there are keys for; tokens are dated by the wall clock, which they go by."""
    now, timeout = SystemClock().now, settings.push_timeout_seconds
    account, apple, browser = settings.fcm_service_account, settings.apns_key, settings.web_push_key
    fcm = apns = web = None
    if account is not None:
        client = httpx.AsyncClient(timeout=timeout, trust_env=False)
        fcm = Fcm(ServiceAccount.of(account.get_secret_value()), client=client, now=now)
    if apple is not None:
        key = private_key(apple.get_secret_value())
        ours = ApnsKey(settings.apns_team_id, settings.apns_key_id, key, settings.apns_topic)
        client = httpx.AsyncClient(http2=True, timeout=timeout, trust_env=False)
        apns = Apns(ours, client=client, now=now, api=APNS_SANDBOX if settings.apns_sandbox else APNS_LIVE)
    if browser is not None:
        guard = build_outgoing_guard(settings)
        web = guarded_web_push(
            browser.get_secret_value(), contact=settings.web_push_contact, guard=guard, timeout=timeout, now=now
        )
    return PushChannels(fcm=fcm, apns=apns, web_push=web)


def build_outgoing_guard(settings: Settings) -> OutgoingGuard:
    """Return what we agree to call of the addresses that drivers' browsers and apps' back ends name."""
    loopback = settings.allow_loopback_webhooks
    return OutgoingGuard(allow_loopback=loopback, https_only=settings.environment is not Environment.SANDBOX)


def build_ports(settings: Settings) -> Ports:
    """Return the live outside world."""
    stripe = build_stripe(settings)
    clock, traffic = build_clock(settings), TrafficBuffer()
    partners = build_transport(settings, traffic)
    return Ports(
        clock=clock,
        randomness=SystemRandomness(),
        payments=StripePayments(stripe),
        refunds=StripeRefunds(stripe),
        payins=StripePayins(stripe),
        settlement=StripeSettlement(stripe),
        mirror=StripeMirror(stripe),
        cards=StripeCards(stripe),
        roaming=OcpiGateway(partners),
        places=OcpiPlaces(partners),
        remote_control=OcpiRemoteControl(partners),
        pass_sync=OcpiPassSync(partners),
        hub_directory=OcpiHubDirectory(partners),
        smart_charging=OcpiSmartCharging(partners),
        invoice_reports=OcpiInvoiceReports(partners),
        checkpoints=build_checkpoints(settings),
        documents=TypesetDocuments(),
        mail=build_mail(settings, clock),
        mailbox=build_mailbox(settings),
        identity=build_identity(settings),
        push=build_push(settings),
        webhook_posts=HttpWebhookPosts(build_outgoing_guard(settings)),
        traffic=traffic,
        reach=HttpReach(),
        status_file=AtomicStatusFile(settings.status_path(settings.data_dir)),
        policy=build_policy(settings),
    )
