"""Where an account stands: waiting for its address to be confirmed, active, or closed; and who may charge.

The one writer of ``driver.status``. Guests are active from their first moment: they have no address to confirm.
"""

from enum import StrEnum

from api.domain.errors import Conflict, Forbidden
from api.models.driver import Driver

ACTIVATION_MAILS = "/v1/activation-mails"
"""Where an app asks for the mail again; told with the refusal."""

NOWHERE = "erased.invalid"
"""Where the addresses of erased accounts are: a domain that nobody can have (RFC 2606)."""


class AccountStatus(StrEnum):
    """How far an account has come."""

    PENDING = "pending"
    ACTIVE = "active"
    CLOSED = "closed"


class AccountNotActivated(Forbidden):
    """The address of the account was not confirmed yet. Facts: ``hint``, ``resend_url``."""

    def __init__(self) -> None:
        """Say what helps: the mail may be among the unwanted ones, or be asked for again."""
        super().__init__("account_not_activated", hint="check_spam", resend_url=ACTIVATION_MAILS)


class AccountClosing(Conflict):
    """The driver asked for the account to be erased; it starts nothing any more. Fact: ``erased_at``."""


def set_standing(driver: Driver, status: AccountStatus) -> None:
    """Write where an account stands."""
    driver.status = status


def refuse_unless_active(driver: Driver) -> None:
    """Raise ``AccountNotActivated`` or ``AccountClosing`` for a driver who may not begin to charge."""
    if driver.status == AccountStatus.PENDING:
        raise AccountNotActivated
    if driver.closing_at is not None:
        raise AccountClosing("account_closing", erased_at=driver.closing_at)
