"""The ordered checks of "I cannot charge": what is known, and what each piece of it comes to (EP08).

Balance, pass, payment method, our own state, the site, the charger, its neighbors, the car's timer: the order in which
a mistake is cheapest to mend. What nobody knows is ``unknown``, never fine. Does not live here: what to do about it
(``diagnose.py``).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class CheckName(StrEnum):
    """The checks, in their order."""

    BALANCE = "balance"
    PASS = "pass"  # noqa: S105 - a card, not a password
    PAYMENT_METHOD = "payment_method"
    PLATFORM = "platform"
    SITE = "site"
    EVSE = "evse"
    NEIGHBORS = "neighbors"
    VEHICLE_TIMER = "vehicle_timer"


class Outcome(StrEnum):
    """What a check came to."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    """It is about something that this driver, or this charge, does not use."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check with its outcome; ``reason`` tells what is wrong, or why it was skipped."""

    name: CheckName
    outcome: Outcome
    reason: str | None = None
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Means:
    """One way to pay: whether the driver has it, and why it cannot pay now."""

    there: bool = False
    refusal: str | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        """Say whether a start with it would be taken on."""
        return self.there and self.refusal is None


@dataclass(frozen=True, slots=True)
class Known:
    """What we know when somebody asks; None: nobody told us."""

    payer: str | None = None
    """``wallet``, ``card`` or ``fleet``, of the charge that it is about."""
    wallet: Means = Means()
    card: Means = Means()
    fleet: Means = Means()
    by_pass: bool = False
    """It is about a pass: the charge was begun by one, or the driver says so."""
    pass_refusals: tuple[str, ...] | None = None
    """Of the driver's best pass; None: there is no pass."""
    platform_incidents: tuple[str, ...] | None = ()
    site_incidents: tuple[str, ...] = ()
    evse_refusals: tuple[str, ...] | None = None
    """Why the app cannot start a charge there; None: no charger is known."""
    evse_status: str | None = None
    failing_evses: int | None = None
    """How many EVSEs of the site failed lately or are broken."""
    evses: int | None = None
    free_neighbors: int | None = None
    takes_nothing: bool | None = None
    """A running charge whose car takes no energy (EP05); None: no charge runs."""


SEVERAL = 2
"""From this many failing EVSEs on it is the site, not the charger (CK14)."""


def ordered_checks(known: Known) -> tuple[Check, ...]:
    """Return all checks in their order."""
    return (
        _balance(known),
        _pass(known),
        _payment_method(known),
        _platform(known),
        _site(known),
        _evse(known),
        _neighbors(known),
        _vehicle_timer(known),
    )


def first_wrong(checks: tuple[Check, ...]) -> Check | None:
    """Return the first check that found something wrong."""
    return next((check for check in checks if check.outcome is Outcome.WRONG), None)


def _balance(known: Known) -> Check:
    """A wallet is wrong only for who pays with it: the charge does, or nothing else works."""
    if not known.wallet.there or known.payer in ("card", "fleet"):
        return Check(CheckName.BALANCE, Outcome.SKIPPED, "not_used")
    if known.wallet.works:
        return Check(CheckName.BALANCE, Outcome.FINE)
    if known.payer is None and (known.card.works or known.fleet.works):
        return Check(CheckName.BALANCE, Outcome.SKIPPED, "pays_otherwise", known.wallet.facts)
    return Check(CheckName.BALANCE, Outcome.WRONG, known.wallet.refusal, known.wallet.facts)


def _pass(known: Known) -> Check:
    if known.pass_refusals is None:
        missing = Outcome.WRONG if known.by_pass else Outcome.SKIPPED
        return Check(CheckName.PASS, missing, "no_pass")
    if not known.pass_refusals:
        return Check(CheckName.PASS, Outcome.FINE)
    outcome = Outcome.WRONG if known.by_pass else Outcome.SKIPPED
    return Check(CheckName.PASS, outcome, known.pass_refusals[0], {"reasons": list(known.pass_refusals)})


def _payment_method(known: Known) -> Check:
    """Something must be able to pay; a wallet that cannot was told of by the check before."""
    chosen = {"card": known.card, "fleet": known.fleet}.get(known.payer or "")
    if chosen is not None:
        if chosen.works:
            return Check(CheckName.PAYMENT_METHOD, Outcome.FINE)
        return Check(CheckName.PAYMENT_METHOD, Outcome.WRONG, chosen.refusal or "not_there", chosen.facts)
    if known.payer == "wallet" or known.wallet.works:
        return Check(CheckName.PAYMENT_METHOD, Outcome.SKIPPED, "wallet_pays")
    if known.card.works or known.fleet.works:
        return Check(CheckName.PAYMENT_METHOD, Outcome.FINE)
    return Check(CheckName.PAYMENT_METHOD, Outcome.WRONG, known.card.refusal or "no_card_saved", known.card.facts)


def _platform(known: Known) -> Check:
    if known.platform_incidents is None:
        return Check(CheckName.PLATFORM, Outcome.UNKNOWN)
    if not known.platform_incidents:
        return Check(CheckName.PLATFORM, Outcome.FINE)
    facts: dict[str, object] = {"incidents": list(known.platform_incidents)}
    return Check(CheckName.PLATFORM, Outcome.WRONG, "incident", facts)


def _site(known: Known) -> Check:
    if known.failing_evses is None:
        return Check(CheckName.SITE, Outcome.SKIPPED, "charger_unknown")
    facts: dict[str, object] = {"failing": known.failing_evses, "evses": known.evses}
    if known.site_incidents or known.failing_evses >= SEVERAL:
        return Check(CheckName.SITE, Outcome.WRONG, "several_chargers_fail", facts)
    return Check(CheckName.SITE, Outcome.FINE, None, facts)


def _evse(known: Known) -> Check:
    if known.evse_refusals is None:
        return Check(CheckName.EVSE, Outcome.SKIPPED, "charger_unknown")
    if known.evse_refusals:
        return Check(CheckName.EVSE, Outcome.WRONG, known.evse_refusals[0], {"reasons": list(known.evse_refusals)})
    if known.evse_status in (None, "unknown"):
        return Check(CheckName.EVSE, Outcome.UNKNOWN, "status_unknown")
    return Check(CheckName.EVSE, Outcome.FINE, None, {"status": known.evse_status})


def _neighbors(known: Known) -> Check:
    """Neighbors are never what is wrong: they are a way out, or none."""
    if known.free_neighbors is None:
        return Check(CheckName.NEIGHBORS, Outcome.SKIPPED, "charger_unknown")
    outcome = Outcome.FINE if known.free_neighbors else Outcome.UNKNOWN
    return Check(CheckName.NEIGHBORS, outcome, None, {"startable": known.free_neighbors})


def _vehicle_timer(known: Known) -> Check:
    if known.takes_nothing is None:
        return Check(CheckName.VEHICLE_TIMER, Outcome.SKIPPED, "no_charge_runs")
    if known.takes_nothing:
        return Check(CheckName.VEHICLE_TIMER, Outcome.WRONG, "vehicle_schedule")
    return Check(CheckName.VEHICLE_TIMER, Outcome.FINE)
