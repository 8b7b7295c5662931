"""The named misbehaviours of the virtual CPO and the book that says which are switched on.

What a fault does is written where it bites (`commands.py`, `script.py`, `billing.py`, `face.py`); here are names and
meanings.
"""

from dataclasses import dataclass

FAULTS: dict[str, str] = {
    "rejects": "START_SESSION is answered REJECTED at once",
    "result_rejected": "START_SESSION is answered ACCEPTED, then the CommandResult says REJECTED and no session comes",
    "result_timeout": "the CommandResult of START_SESSION says TIMEOUT and no session comes",
    "silent_after_start": "START_SESSION is answered ACCEPTED, then nothing: no result, no session, ever",
    "no_result": "no CommandResult is ever sent, but the session starts",
    "result_before_response": "the CommandResult arrives before START_SESSION is answered",
    "late_session": "the CommandResult says TIMEOUT and the session appears anyway, `seconds` (120) later",
    "session_unknown_token": "session and CDR carry a token uid that the eMSP never issued",
    "stop_rejected": "STOP_SESSION is answered REJECTED",
    "stop_accepted_but_continues": "STOP_SESSION is accepted, answer and result, and the energy keeps flowing",
    "out_of_order_patch": "each session PATCH overtakes the one before it: pairs arrive newest first",
    "wrong_currency": "the CDR states another currency than session and tariff",
    "duplicate_cdr": "the same CDR is POSTed three times",
    "mutated_cdr": "the CDR is followed by one with the same id and another total",
    "dearer_tariff": "the CDR is billed under another tariff, half again as dear, which it carries",
    "inflated_energy": "the CDR states and bills a tenth more energy than its session's meter",
    "idle_as_charging": "the CDR states and bills the time plugged in afterwards as charging time",
    "garbled_periods": "the charging periods of the CDR are in the wrong order; its totals are right",
    "late_cdr": "the CDR comes `seconds` (86400) later than planned",
    "unsent_cdr": "the CDR is listed but never POSTed: only a pull finds it",
    "no_cdr": "no CDR is ever sent, nor listed",
    "slow": "every OCPI answer takes `seconds` (5) of real time",
    "truncated_json": "lists are cut in the middle of the JSON text",
    "paging_one_by_one": "lists come one object a page, whatever limit was asked for",
}


@dataclass(slots=True)
class Fault:
    """One misbehaviour that is switched on; without ``times`` it stays until it is cleared."""

    name: str
    evse_uid: str | None = None
    times: int | None = None
    seconds: float | None = None


class FaultBook:
    """The faults that are switched on, in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on. Raises `KeyError` for a name that is not in `FAULTS`."""
        if fault.name not in FAULTS:
            raise KeyError(fault.name)
        self._faults.append(fault)

    def take(self, name: str, evse_uid: str | None = None) -> Fault | None:
        """Return the fault if it is on for this EVSE, and use up one of its times."""
        for fault in self._faults:
            if fault.name == name and fault.evse_uid in (None, evse_uid):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    def seconds(self, name: str, evse_uid: str | None, default: float) -> float:
        """Take the fault and return its seconds, ``default`` when it states none, 0 when it is off."""
        fault = self.take(name, evse_uid)
        if fault is None:
            return 0.0
        return default if fault.seconds is None else fault.seconds

    def clear(self) -> None:
        """Switch all faults off."""
        self._faults.clear()

    def listing(self) -> list[Fault]:
        """Return what is switched on."""
        return list(self._faults)
