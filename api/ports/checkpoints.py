"""Named points between the steps that move money, at which a test may kill the process.

Live processes pass a silent implementation. The names in use are listed here so that the kill test covers them all.
"""

from typing import Protocol

POINTS = (
    "hold.planned",
    "hold.performed",
    "hold.recorded",
    "extend.planned",
    "extend.performed",
    "extend.recorded",
    "capture.planned",
    "capture.performed",
    "capture.recorded",
    "release.planned",
    "release.performed",
    "release.recorded",
    "refund.planned",
    "refund.performed",
    "refund.recorded",
    "evidence.planned",
    "evidence.performed",
    "evidence.recorded",
    "payin.planned",
    "payin.performed",
    "payin.recorded",
    "payout.planned",
    "payout.performed",
    "payout.recorded",
    "start.planned",
    "start.performed",
    "start.recorded",
)


class Checkpoints(Protocol):
    """Is told when a named point is reached."""

    def reach(self, point: str) -> None:
        """Note that ``point`` was reached; the silent implementation does nothing."""
        ...
