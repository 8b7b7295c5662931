"""The kinds of notices: how much each matters, by which channels it goes unless the driver says otherwise, how long.

A kind is the ``message`` of a notice. One that is missing here is still told, as the least of them. Does not live here:
what a driver chose (``choice.py``), the words (``texts.py``).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CHARGE_PREFIX = "chs_"
"""How the subject of a notice about a charge begins."""


class Channel(StrEnum):
    """A way by which a notice reaches its driver beside the list in the app, which has every one."""

    PUSH = "push"
    EMAIL = "email"


class Weight(StrEnum):
    """Why a notice may or may not wait until morning."""

    SAFETY = "safety"
    """Somebody may be hurt: never waits."""
    MONEY = "money"
    """Not knowing it costs money, or a start that the driver stands waiting for: never waits."""
    NEWS = "news"
    """Good to know, and as good in the morning."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind; after ``lives`` it is of no use any more and is not sent."""

    name: str
    weight: Weight
    push: bool = True
    email: bool = False
    lives: timedelta = timedelta(days=2)
    alone: bool = False
    """Keeps its own place on a device: what comes later about the same charge does not replace it."""

    @property
    def waits(self) -> bool:
        """Say whether quiet hours hold it back."""
        return self.weight is Weight.NEWS

    def goes_by(self, channel: Channel) -> bool:
        """Say whether it goes by a channel unless the driver chose."""
        return self.push if channel is Channel.PUSH else self.email


_MINUTES, _HOURS, _WEEK = timedelta(minutes=15), timedelta(hours=12), timedelta(days=7)
_M, _N = Weight.MONEY, Weight.NEWS
KINDS: dict[str, Kind] = {
    each.name: each
    for each in (
        Kind("confirm_with_bank", _M, lives=_MINUTES),
        Kind("payment_declined", _M, lives=_MINUTES),
        Kind("start_failed", _M, lives=_MINUTES),
        Kind("start_uncertain", _M, lives=_MINUTES),
        Kind("charge_started", _N, lives=_MINUTES),
        Kind("nothing_reserved", _M, lives=_HOURS),
        Kind("battery_reached", _N, lives=timedelta(hours=2)),
        Kind("price_step", _M, lives=timedelta(hours=2)),
        Kind("hold_nearly_used", _M, lives=timedelta(hours=2)),
        Kind("charge_stopped", _M, lives=_HOURS),
        Kind("stop_failed", _M, lives=_HOURS),
        Kind("unplug", _M, lives=_HOURS),
        Kind("charge_ended", _N, lives=_HOURS),
        Kind("receipt_ready", _N),
        Kind("refund_made", _N, email=True, alone=True),
        Kind("complaint_decided", _N, email=True, lives=timedelta(days=7), alone=True),
        Kind("payment_due", _M, email=True, lives=timedelta(days=7), alone=True),
        Kind("wallet_low", _N),
        Kind("wallet_below_zero", _M, email=True),
        Kind("wallet_topped_up", _N),
        Kind("wallet_refund_failed", _N, email=True),
        Kind("unlock_answer", _M, lives=_MINUTES),
        Kind("connector_free", _N, lives=_MINUTES),
        Kind("network_live", _N),
        Kind("case_opened", _N, lives=_WEEK),
        Kind("case_answered", _N, email=True, lives=_WEEK),
        Kind("case_asked", _N, email=True, lives=_WEEK),
        Kind("case_level", _N, lives=_WEEK),
        Kind("case_expected", _N, lives=_WEEK),
        Kind("case_handed_over", _N, lives=_WEEK),
        Kind("case_resolved", _N, email=True, lives=_WEEK),
        Kind("case_closed", _N, lives=_WEEK),
        Kind("case_reopened", _N, lives=_WEEK),
        Kind("case_news", _N, lives=_WEEK),
    )
}
"""By name. A mail with the receipt goes out on its own, so ``receipt_ready`` needs none."""


def collapse_key(message: str, subject: str) -> str:
    """Return under what a device keeps one notice of several: the charge, or the driver and the kind."""
    return f"{subject}:{message}" if kind_of(message).alone or not subject.startswith(CHARGE_PREFIX) else subject


def kind_of(message: str) -> Kind:
    """Return the kind of a message; one that nobody described is news for the app and its push."""
    return KINDS.get(message) or Kind(message, Weight.NEWS)
