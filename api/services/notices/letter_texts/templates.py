"""Which letters there are."""

from enum import StrEnum


class Template(StrEnum):
    """A letter about an account; stored with each one that was written."""

    ACTIVATE = "activate"
    """The link and code that a new account waits for."""
    ACCOUNT_EXISTS = "account_exists"
    """Somebody tried to take an address that has an account."""
    RESET = "reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a letter
    EMAIL_CONFIRM = "email_confirm"
    """To the new address."""
    EMAIL_CHANGED = "email_changed"
    """To the old address, with the way back."""
    EXPORT_READY = "export_ready"
    ERASURE_PLANNED = "erasure_planned"
    ERASED = "erased"
