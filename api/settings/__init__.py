"""What an operator of Chargehand may set, from variables with the prefix ``CHARGEHAND_`` or a ``.env`` file.

Refuses to boot on default secrets, on live Stripe keys outside production and on sandbox features inside it.
``DATABASE_URL`` and ``STRIPE_API_KEY`` are read without the prefix, as everybody expects them.
"""

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import SettingsConfigDict

from api.domain.finance.issuer import SANDBOX_ISSUER
from api.ports.mail import MailSecurity
from api.settings.books import BooksSettings
from api.settings.complaints import ComplaintSettings
from api.settings.help import HelpSettings
from api.settings.outgoing import OutgoingSettings
from api.settings.sign_in import SignInSettings
from api.settings.status import StatusSettings
from api.settings.support import SupportSettings

HOME = Path(__file__).resolve().parents[2]
SANDBOX_SECRET = "sandbox-only-secret-that-production-refuses"  # noqa: S105 - refused outside the sandbox, see below
LONGEST_ACCESS = 900
PUBLIC_SANDBOX_KEY = "pk_test_sandbox"
"""No key at all: an installation that serves no guests need not set one."""

Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
"""ISO 4217, in upper case."""


class Environment(StrEnum):
    """Where this process runs; decides what is refused."""

    SANDBOX = "sandbox"
    STAGING = "staging"
    PRODUCTION = "production"


class Settings(
    OutgoingSettings, BooksSettings, SignInSettings, StatusSettings, SupportSettings, ComplaintSettings, HelpSettings
):
    """Settings of one process. Durations in seconds, amounts in minor units."""

    model_config = SettingsConfigDict(
        env_prefix="CHARGEHAND_", env_file=".env", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    environment: Environment = Environment.SANDBOX
    public_url: str = "http://127.0.0.1:8000"
    """How phones and partners reach us; OCPI URLs that we hand out start with it."""
    database_url: str | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    """A PostgreSQL address; without it the embedded server under ``data_dir`` is used."""
    database_name: str = "chargehand"
    """Which database of the embedded server."""
    data_dir: Path = HOME / "var"
    """Where the embedded database lives; by default beside the code, wherever the command is run."""
    database_pool_size: int = 10
    database_role: Annotated[str, StringConstraints(pattern="^[a-z_][a-z0-9_]{0,62}$|^$")] = "chargehand_app"
    """The role that the service works as: it may add to the books and not rewrite them. ``migrate`` makes it.

    Empty: the rights of the login itself, where roles cannot be made.
    """

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """From where on our own events are written to standard error; ``info`` has every exchange with partners."""

    secret_key: SecretStr = SecretStr(SANDBOX_SECRET)
    """Signs access tokens and seals partners' tokens; at least 32 characters."""
    old_secret_keys: tuple[SecretStr, ...] = ()
    """Secret keys of before, as JSON: what they sealed and signed stays good (``docs/accounts.md``)."""
    access_token_seconds: PositiveInt = 900
    """At most a quarter of an hour outside the sandbox: nothing else ends an access token that was given out."""
    refresh_token_seconds: int = 60 * 60 * 24 * 60
    sign_in_while_pending: bool = False
    """Let accounts look around before their address is confirmed; they start no charge either way."""
    erasure_grace_days: NonNegativeInt = 14
    """How long a driver may change their mind before their account is erased."""

    stripe_api_key: SecretStr = Field(
        default=SecretStr("sk_test_sandbox"), validation_alias=AliasChoices("STRIPE_API_KEY", "stripe_api_key")
    )
    stripe_api_base: str | None = None
    """Where Stripe answers; None is Stripe itself, the sandbox gives its own address."""
    stripe_publishable_key: str = PUBLIC_SANDBOX_KEY
    """The key that pages give to Stripe's script; it may be seen by everybody."""
    stripe_js_url: str | None = None
    """The script that takes card details on our pages; None is Stripe's own, or the stand-in's in the sandbox."""
    stripe_webhook_secrets: tuple[SecretStr, ...] = (SecretStr("whsec_sandbox"),)
    stripe_timeout_seconds: float = 8.0
    """Of one request."""
    stripe_tap_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
    """Of a hold with all its tries: a driver stands at the charger."""
    connect_timeout_seconds: float = 3.0
    """How long a connection to the processor or a partner may take to be made."""

    our_country_code: str = "DE"
    our_party_id: str = "CHH"
    our_name: str = "Chargehand"
    our_website: str | None = None
    hotline_phone: str | None = None
    """The number printed on the back of passes, answered day and night."""
    apple_app_ids: tuple[str, ...] = ()
    """Apps that open our links on iPhones, as JSON: ["TEAMID.com.example.app"]."""
    android_apps: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """The same for Android: package to the SHA-256 fingerprints of its certificates."""
    app_store_url: str | None = None
    """Where the app is had for iPhones, for whoever follows a link without it."""
    play_store_url: str | None = None
    """The same for Android."""
    issuer_name: str = SANDBOX_ISSUER.name
    """The company that sells the charges, as receipts and invoices name it; production insists on a real one."""
    issuer_street: str = SANDBOX_ISSUER.street
    issuer_postal_code: str = SANDBOX_ISSUER.postal_code
    issuer_city: str = SANDBOX_ISSUER.city
    issuer_country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] = SANDBOX_ISSUER.country
    """ISO 3166 alpha-2."""
    issuer_vat_id: str = SANDBOX_ISSUER.vat_id
    issuer_email: str = SANDBOX_ISSUER.email
    """Where drivers and fleets ask about their papers."""
    issuer_phone: str | None = None
    issuer_iban: str | None = None
    """The account that fleets pay their invoices to."""
    issuer_time_zone: Annotated[str, AfterValidator(lambda name: ZoneInfo(name).key)] = SANDBOX_ISSUER.time_zone
    """Decides on which day a paper is issued, and of which year its number is."""
    partner_timeout_seconds: float = 10.0
    partner_requests_at_once: PositiveInt = 40
    """How many requests of one partner a process works on at a time; more are told to come back."""
    authorizations_per_minute: PositiveInt = 600
    """How many tokens one partner may ask a process about; fewer make it harder to find some by trying."""
    stranger_lookups_per_second: PositiveInt = 100
    """How many tokens that a process has not met yet it looks up; with more strangers than that it is busy."""
    stranger_lookups_per_address: PositiveInt = 20
    """How many of them a second may come from one address (of IPv6 from one network)."""
    rotate_tokens_days: NonNegativeInt = 0
    """Tokens of partners are rotated when they are this old; 0: only with ``chargehand partner rotate``."""
    keep_messages_days: Annotated[int, Field(ge=90, le=36500)] = 400
    """How long what partners said of sessions and CDRs is kept; behind an open or disputed charge it stays."""
    keep_pull_runs_days: Annotated[int, Field(ge=1, le=36500)] = 30
    """How long the record of a pull is kept."""
    allow_loopback_partners: bool = False
    """Lets partners live on this machine; for the sandbox only."""

    quote_seconds: int = 15 * 60
    hold_defaults: dict[Currency, PositiveInt] = Field(default_factory=dict)
    """How much is held where a charge cannot be estimated, as JSON: {"EUR": 6000}; by default about 50 euro."""
    hold_by_party: dict[str, dict[Currency, PositiveInt]] = Field(default_factory=dict)
    """The same for the chargers of a party: {"DE-ABC": {"EUR": 8000}}."""
    hold_by_evse: dict[str, dict[Currency, PositiveInt]] = Field(default_factory=dict)
    """The same for one EVSE: {"DE*ABC*E71*001": {"EUR": 10000}}."""
    wallet_minimum: dict[Currency, PositiveInt] = Field(default_factory=dict)
    """What must be available in a wallet for a start, as JSON: {"CHF": 5000}; by default about 50 euro."""
    wallet_floor: dict[Currency, NonNegativeInt] = Field(default_factory=dict)
    """How far below zero a bill may take a wallet: {"CHF": 5000}; by default about 50 euro."""
    wallet_least_top_up: dict[Currency, PositiveInt] = Field(default_factory=dict)
    wallet_most_top_up: dict[Currency, PositiveInt] = Field(default_factory=dict)
    """Bounds of one top-up; by default about 10 and 1000 euro."""
    wallet_low: dict[Currency, NonNegativeInt] = Field(default_factory=dict)
    """Below this a driver without a limit of their own is warned; by default about 10 euro."""
    receivable_block: dict[Currency, NonNegativeInt] = Field(default_factory=dict)
    """Who owes more than this starts no charge on a card; by default about 100 euro."""
    passes_enabled: bool = False
    """Let passes (RFID cards) charge: a hold is placed when their charge is first told to us, off session."""
    pass_stop_unsecured: bool = False
    """Stop a charge of a pass where nothing can be held for it; else it goes on to the amount that would be held."""
    unknown_tokens_per_minute: PositiveInt = 10
    """About how many unknown tokens a partner may ask in a minute before it has to wait."""
    receivable_off_session: bool = False
    """Charge the saved card once for what a hold did not cover, where the driver agreed to that."""
    guest_code_seconds: Annotated[int, Field(ge=30, le=900)] = 300
    """How long a code on a post's display opens the page for guests."""
    guest_receipt_days: PositiveInt = 90
    """How long the link to a guest's receipt works before it must be renewed."""
    payin_seconds: int = 60 * 60
    """How long a top-up or payment waits for its confirmation."""
    minimum_charges: dict[Currency, PositiveInt] = Field(default_factory=dict)
    """Below what a bill is waived, as JSON: {"EUR": 100}; at least, and by default, what the processor can take."""
    vat_percent_by_country: dict[
        Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[Decimal, Field(ge=0, le=100)]
    ] = Field(default_factory=dict)
    """Tax rates over the built-in ones, as JSON: ``{"DEU": "19"}``; by ISO 3166 alpha-3 country of the location."""
    refund_approval_minor: dict[Currency, Annotated[int, Field(ge=0)]] = Field(default_factory=lambda: {"EUR": 5000})
    """Above it credits, refunds and write-offs need a second person, as JSON: {"EUR": 5000}; else about 50 euro."""
    approval_by_role_minor: dict[str, dict[Currency, Annotated[int, Field(ge=0)]]] = Field(default_factory=dict)
    """By role of staff and currency: what one person may decide alone, e.g. ``{"finance_clerk": {"EUR": 2000}}``."""
    request_lifetime_seconds: int = 7 * 24 * 60 * 60
    """How long a request for such a second person waits."""
    operation_retry_seconds: int = 5
    """How long an operation may rest unfinished before the sweeper takes it up."""

    hold_answer_seconds: int = 7
    """How long a tap waits for the payment processor before it is refused; the driver stands at the charger."""
    driver_action_seconds: int = 15 * 60
    start_result_seconds: int = 120
    late_session_grace_seconds: int = 300
    retry_window_seconds: Annotated[int, Field(ge=0, le=45)] = 45
    """How long the hold of a failed start waits for the driver's next try; the sweep may take 15 seconds more."""
    metering_stale_seconds: int = 600
    stop_result_seconds: int = 120
    unplug_reminder_seconds: int = 15 * 60
    cdr_overdue_seconds: int = 6 * 60 * 60
    hold_expiry_margin_seconds: int = 24 * 60 * 60
    session_too_long_seconds: int = 3 * 24 * 60 * 60
    refund_pause_seconds: int = 60 * 60
    reconcile_hold_open_hours: PositiveInt = 96
    """A hold that is open for longer is a finding."""
    reconcile_most_new: PositiveInt = 200
    """A rule of reconciliation that would open more findings than this in one run is held back and told as one."""
    reconcile_full_days: PositiveInt = 7
    """How often a nightly run looks at everything instead of at what changed."""
    """How long money taken above a bill waits for a replacement of the bill before it goes back."""

    clock_file: Path | None = None
    """A sandbox clock shared by processes; refused in production."""
    kill_at: str | None = None
    """The checkpoint at which this process kills itself; for tests, refused in production."""
    worker_concurrency: int = 8
    worker_heartbeat_seconds: float = 10.0
    worker_stalled_seconds: float = 30.0
    sweep_seconds: int = 15
    webhook_body_limit: int = 1024 * 1024
    body_limit: int = 10 * 1024 * 1024

    @model_validator(mode="after")
    def refuse_unsafe(self) -> Self:
        """Raise ValueError when the settings would be dangerous in their environment."""
        if len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("secret_key needs at least 32 characters")
        if self.environment is Environment.SANDBOX:
            if self.livemode:
                raise ValueError("a live Stripe key is refused in the sandbox")
            return self
        if self.environment is Environment.STAGING and self.livemode:
            raise ValueError("a live Stripe key is refused outside production")
        if self.environment is Environment.PRODUCTION and not self.livemode:
            raise ValueError("production needs a live Stripe key: a test key takes no money")
        self._refuse_sandbox_features()
        if self.environment is Environment.PRODUCTION:
            self._refuse_nobodys_papers()
            if self.stripe_publishable_key.startswith("pk_test_") and self.stripe_publishable_key != PUBLIC_SANDBOX_KEY:
                raise ValueError("stripe_publishable_key is of Stripe's test mode: no guest could pay with it")
        return self

    def _refuse_sandbox_features(self) -> None:
        """Raise ValueError when a feature made for the sandbox is on anywhere else."""
        if self.secret_key.get_secret_value() == SANDBOX_SECRET:
            raise ValueError("the default secret_key is refused outside the sandbox")
        if any(secret.get_secret_value() == "whsec_sandbox" for secret in self.stripe_webhook_secrets):
            raise ValueError("the default webhook secret is refused outside the sandbox")
        if self.clock_file or self.kill_at or self.allow_loopback_partners or self.stripe_api_base:
            raise ValueError(
                "clock_file, kill_at, allow_loopback_partners and stripe_api_base are refused outside the sandbox"
            )
        if self.access_token_seconds > LONGEST_ACCESS:
            raise ValueError(f"access_token_seconds is at most {LONGEST_ACCESS} outside the sandbox")
        if self.stripe_js_url and not self.stripe_js_url.startswith("https://js.stripe.com/"):
            raise ValueError("stripe_js_url must be Stripe's own outside the sandbox: cards are typed into it")
        if self.allow_loopback_webhooks:
            raise ValueError("allow_loopback_webhooks is refused outside the sandbox")
        if self.imap_host and self.imap_security is MailSecurity.NONE:
            raise ValueError("imap_security none is refused outside the sandbox: mails name people")
        if not self.public_url.startswith("https://"):
            raise ValueError("public_url must be https outside the sandbox")

    def _refuse_nobodys_papers(self) -> None:
        """Raise ValueError when receipts would name nobody who exists, or be mailed in clear."""
        sandbox = {f"issuer_{each}": getattr(SANDBOX_ISSUER, each) for each in ("name", "street", "vat_id", "email")}
        missing = [name for name, value in sandbox.items() if getattr(self, name) in {value, ""}]
        if missing:
            raise ValueError(f"production needs to know who issues receipts: set {', '.join(missing)}")
        if self.smtp_host and self.smtp_security is MailSecurity.NONE:
            raise ValueError("smtp_security none is refused in production: receipts name people")
        if self.smtp_host and self.mail_from.endswith(".example"):
            raise ValueError("production needs a mail_from of its own")

    @property
    def stripe_script(self) -> str:
        """Return the URL of the script that takes card details: never one of our own, so that no card passes us."""
        own = f"{self.stripe_api_base}/_sandbox/stripe.js" if self.stripe_api_base else "https://js.stripe.com/v3/"
        return self.stripe_js_url or own

    @property
    def livemode(self) -> bool:
        """Say whether our key moves real money, so that webhooks must come from Stripe's live mode too."""
        return self.stripe_api_key.get_secret_value().startswith(("sk_live", "rk_live"))
