"""What a problem tells: a title for people, and what the app should do next."""

from dataclasses import dataclass
from enum import StrEnum


class NextAction(StrEnum):
    """What the app should do about a problem. New values may come: treat an unknown one like ``none``."""

    CHANGE_REQUEST = "change_request"
    SIGN_IN = "sign_in"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - an advice, not a token
    RETRY = "retry"
    RELOAD = "reload"
    NEW_QUOTE = "new_quote"
    CONFIRM = "confirm"
    ACTIVATE = "activate_account"
    CHOOSE_ANOTHER_CONNECTOR = "choose_another_connector"
    SHOW_ACTIVE = "show_active_charging_session"
    CHANGE_CARD = "change_card"
    CHANGE_PAYER = "change_payer"
    TOP_UP = "top_up"
    PAY_OPEN = "pay_open"
    USE_PASS = "use_pass"  # noqa: S105 - an advice, not a password
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ProblemText:
    """A title for people and the next step for the app."""

    title: str
    detail: str
    next_action: NextAction
    retryable: bool = False
