"""What the settings say about rules: timers, limits, reconciliation, accounting, wallets, the issuer of papers."""

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from api.domain.charging.facts import Timer
from api.domain.finance.issuer import Issuer
from api.domain.finance.rules import ReconciliationPolicy, Thresholds
from api.domain.finance.wallet import WalletRules
from api.domain.ids import PartyId
from api.domain.support.complaint import ComplaintRules
from api.ports.accounting import AccountingRules
from api.ports.policy import ServicePolicy
from api.settings import Settings


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
        **_support(settings),
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
        unknown_tokens_per_minute=settings.unknown_tokens_per_minute,
        sign_in_while_pending=settings.sign_in_while_pending,
        erasure_grace=timedelta(days=settings.erasure_grace_days),
        reconciliation=build_reconciliation(settings),
        status=settings.status_rules(settings.public_url),
        staff_provider=settings.console_provider,
    )


def _limits(settings: Settings) -> dict[str, Any]:
    """Return how much is held, what is too little to be charged, how much one person decides, and what help costs."""
    return {
        "hold_defaults": settings.hold_defaults,
        "hold_by_party": settings.hold_by_party,
        "hold_by_evse": settings.hold_by_evse,
        "minimum_charges": settings.minimum_charges,
        "refund_approval": settings.refund_approval_minor,
        "approval_by_role": settings.approval_by_role_minor,
        "operator_refund": settings.operator_refund_minor,
    }


def _support(settings: Settings) -> dict[str, Any]:
    """Return how customers reach us, whose chargers we run, what is decided on complaints by rule, what help costs."""
    return {
        "hotline": settings.hotline_phone,
        "support_address": settings.support_address,
        "operated_parties": settings.operated_parties,
        "operator_mails": dict(settings.operator_mails),
        "complaints": ComplaintRules(
            autopilot=settings.complaint_autopilot,
            most_refunds=settings.complaint_refunds_per_driver,
            within=timedelta(days=settings.complaint_refunds_days),
            most_minor=settings.complaint_refunds_minor,
        ),
        "help_prices": settings.billable_help,
        "help_offer_lifetime": timedelta(hours=settings.help_offer_hours),
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
