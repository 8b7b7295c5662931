"""The only file that names real adapters: builds the ports of a live process from its settings."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from api.domain.charging.facts import Timer
from api.domain.finance.issuer import Issuer
from api.domain.finance.rules import ReconciliationPolicy, Thresholds
from api.domain.finance.wallet import WalletRules
from api.domain.ids import PartyId
from api.ports import Ports
from api.ports.accounting import AccountingRules
from api.ports.checkpoints import Checkpoints
from api.ports.clock import Clock
from api.ports.mail import Mail
from api.ports.policy import ServicePolicy
from api.ports.traffic import Traffic
from api.services.roaming.traffic import TrafficBuffer
from api.settings import Environment, Settings
from clients.documents.papers import TypesetDocuments
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
from clients.webhooks.sender import HttpWebhookPosts


def build_timers(settings: Settings) -> dict[Timer, timedelta]:
    """Return how long each clock of a charge runs."""
    lengths = {
        Timer.HOLD_ANSWER: settings.hold_answer_seconds,
        Timer.DRIVER_ACTION: settings.driver_action_seconds,
        Timer.START_RESULT: settings.start_result_seconds,
        Timer.LATE_SESSION_GRACE: settings.late_session_grace_seconds,
        Timer.RETRY_WINDOW: settings.retry_window_seconds,
        Timer.METERING_STALE: settings.metering_stale_seconds,
        Timer.STOP_RESULT: settings.stop_result_seconds,
        Timer.UNPLUG_REMINDER: settings.unplug_reminder_seconds,
        Timer.CDR_OVERDUE: settings.cdr_overdue_seconds,
        Timer.SESSION_TOO_LONG: settings.session_too_long_seconds,
        Timer.REFUND_DUE: settings.refund_pause_seconds,
    }
    return {timer: timedelta(seconds=seconds) for timer, seconds in lengths.items()}


def build_policy(settings: Settings) -> ServicePolicy:
    """Return the rules of this installation."""
    return ServicePolicy(
        **_limits(settings),
        public_url=settings.public_url.rstrip("/"),
        our_party=PartyId(settings.our_country_code, settings.our_party_id),
        our_name=settings.our_name,
        our_website=settings.our_website,
        sealing_key=sealing_key(settings.secret_key),
        environment=settings.environment.value,
        old_sealing_keys=tuple(sealing_key(old) for old in settings.old_secret_keys),
        rotation_period=timedelta(days=settings.rotate_tokens_days) if settings.rotate_tokens_days else None,
        messages_kept=timedelta(days=settings.keep_messages_days),
        pull_runs_kept=timedelta(days=settings.keep_pull_runs_days),
        quote_lifetime=timedelta(seconds=settings.quote_seconds),
        request_lifetime=timedelta(seconds=settings.request_lifetime_seconds),
        operation_retry=timedelta(seconds=settings.operation_retry_seconds),
        hold_expiry_margin=timedelta(seconds=settings.hold_expiry_margin_seconds),
        timers=build_timers(settings),
        vat_percent_by_country=settings.vat_percent_by_country,
        issuer=build_issuer(settings),
        accounting=build_accounting(settings),
        wallet=build_wallet_rules(settings),
        receivable_block=settings.receivable_block,
        receivable_off_session=settings.receivable_off_session,
        payin_patience=timedelta(seconds=settings.payin_seconds),
        passes_enabled=settings.passes_enabled,
        pass_stop_unsecured=settings.pass_stop_unsecured,
        guest_code_lifetime=timedelta(seconds=settings.guest_code_seconds),
        guest_receipt_lifetime=timedelta(days=settings.guest_receipt_days),
        hotline=settings.hotline_phone,
        unknown_tokens_per_minute=settings.unknown_tokens_per_minute,
        sign_in_while_pending=settings.sign_in_while_pending,
        erasure_grace=timedelta(days=settings.erasure_grace_days),
        reconciliation=build_reconciliation(settings),
    )


def _limits(settings: Settings) -> dict[str, Any]:
    """Return how much is held, what is too little to be charged, and how much one person decides."""
    return {
        "hold_defaults": settings.hold_defaults,
        "hold_by_party": settings.hold_by_party,
        "hold_by_evse": settings.hold_by_evse,
        "minimum_charges": settings.minimum_charges,
        "refund_approval": settings.refund_approval_minor,
        "operator_refund": settings.operator_refund_minor,
        "approval_by_role": settings.approval_by_role_minor,
    }


def build_issuer(settings: Settings) -> Issuer:
    """Return who issues receipts and invoices."""
    return Issuer(
        series=settings.our_party_id.upper(),
        name=settings.issuer_name,
        street=settings.issuer_street,
        postal_code=settings.issuer_postal_code,
        city=settings.issuer_city,
        country=settings.issuer_country,
        vat_id=settings.issuer_vat_id,
        email=settings.issuer_email,
        phone=settings.issuer_phone,
        iban=settings.issuer_iban,
        time_zone=settings.issuer_time_zone,
    )


def build_reconciliation(settings: Settings) -> ReconciliationPolicy:
    """Return from when on something is a finding."""
    thresholds = Thresholds(
        hold_open=timedelta(hours=settings.reconcile_hold_open_hours),
        cdr=timedelta(seconds=settings.cdr_overdue_seconds),
    )
    full_every = timedelta(days=settings.reconcile_full_days)
    return ReconciliationPolicy(thresholds, settings.reconcile_most_new, full_every)


def build_accounting(settings: Settings) -> AccountingRules:
    """Return how exports number the books' accounts."""
    return AccountingRules(
        consultant=settings.datev_consultant,
        client=settings.datev_client,
        chart=settings.datev_chart,
        account_length=settings.datev_account_length,
        numbers={str(account): number for account, number in settings.datev_accounts.items()},
        year_begins=settings.fiscal_year_begins,
    )


def build_wallet_rules(settings: Settings) -> WalletRules:
    """Return the limits of wallets in this installation."""
    return WalletRules(
        minimum=settings.wallet_minimum,
        floor=settings.wallet_floor,
        least_top_up=settings.wallet_least_top_up,
        most_top_up=settings.wallet_most_top_up,
        low=settings.wallet_low,
    )


def sealing_key(secret_key: SecretStr) -> bytes:
    """Derive the key that seals partners' tokens from a secret key (HKDF-SHA256)."""
    secret = secret_key.get_secret_value().encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"partner tokens").derive(secret)


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
        push=build_push(settings),
        webhook_posts=HttpWebhookPosts(build_outgoing_guard(settings)),
        traffic=traffic,
        policy=build_policy(settings),
    )
