"""What a line of the table of codes has: where the code is from, what it means, who is behind it, what to do."""

from dataclasses import dataclass
from enum import StrEnum

Five = tuple[str, str, str, str, str]
"""A sentence in each of ``domain/language.py``'s languages, in their order."""


class Kind(StrEnum):
    """Where a code is from."""

    COMMAND_ANSWER = "command_answer"
    """The partner's word on a command, at once (OCPI CommandResponseType)."""
    COMMAND_RESULT = "command_result"
    """The charger's word on it, later (OCPI CommandResultType)."""
    EVSE_STATUS = "evse_status"
    CHARGE_FAILURE = "charge_failure"
    """Why a charge of ours did not come about or broke off."""
    CHARGER_ERROR = "charger_error"
    """What a charger reports of itself (OCPP 1.6, ChargePointErrorCode)."""


class Cause(StrEnum):
    """Who or what is likely behind it."""

    VEHICLE = "vehicle"
    CHARGER = "charger"
    NETWORK = "network"
    OPERATOR = "operator"
    DRIVER = "driver"
    US = "us"
    NOBODY = "nobody"
    """Nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """One code."""

    code: str
    kind: Kind
    cause: Cause
    meaning: Five
    driver: Five
    """What the driver does."""
    staff: str
    """What staff do; staff read English."""
