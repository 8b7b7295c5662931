"""The named misbehaviours of the virtual CPO and the book that says which are switched on.

What a fault does is written where it bites (`commands.py`, `script.py`, `billing.py`, `pages.py`, `disguise.py`,
`handshake.py`, `envelope.py`); here are names and meanings.
"""

from dataclasses import dataclass

_STARTS = {
    "rejects": "START_SESSION is answered REJECTED at once",
    "result_rejected": "START_SESSION is answered ACCEPTED, then the CommandResult says REJECTED and no session comes",
    "result_timeout": "the CommandResult of START_SESSION says TIMEOUT and no session comes",
    "silent_after_start": "START_SESSION is answered ACCEPTED, then nothing: no result, no session, ever",
    "no_result": "no CommandResult is ever sent, but the session starts",
    "result_before_response": "the CommandResult arrives before START_SESSION is answered",
    "session_before_response": "the session arrives before START_SESSION is answered",
    "result_twice": "the CommandResult of START_SESSION is sent twice",
    "late_session": "the CommandResult says TIMEOUT and the session appears anyway, `seconds` (120) later",
    "session_unknown_token": "session and CDR carry a token uid that the eMSP never issued",
    "replaced_reference": "session and CDR carry another authorization reference than START_SESSION did, as hubs do",
    "hub_error": "commands are answered HTTP 200 with the hub's status code 4002: the forwarded request timed out",
}
_SESSIONS = {
    "pending_forever": "the session is reported PENDING and never becomes ACTIVE",
    "never_completed": "the session is never reported COMPLETED; its CDR comes all the same",
    "stop_rejected": "STOP_SESSION is answered REJECTED",
    "stop_accepted_but_continues": "STOP_SESSION is accepted, answer and result, and the energy keeps flowing",
    "stop_never_unplugs": "energy ends as asked, and the cable stays in until somebody pulls it by hand",
    "out_of_order_patch": "each session PATCH overtakes the one before it: pairs arrive newest first",
    "replayed_patch": "after COMPLETED the first PATCH of the session is sent again",
    "patch_before_put": "the first PUT of a session is left out: it begins with a PATCH",
    "period_replay": "each PATCH repeats all charging periods since the start",
    "null_required": "a PATCH sets a required field, kwh, to null; the true one follows",
    "wh_volumes": "sessions tell the volume of ENERGY in Wh, as examples of the specification do",
    "unknown_location": "the session, and its CDR, are at a location that the CPO does not publish",
    "evse_of_unknown_location": "an EVSE is PUT into a location that the CPO does not publish",
    "tariff_deleted": "the session's tariff is withdrawn at its first update; the session goes on under it",
    "evse_status_disagrees": "the EVSE is AVAILABLE while the session runs and CHARGING after it",
}
_BILLS = {
    "wrong_currency": "the CDR states another currency than session and tariff",
    "duplicate_cdr": "the same CDR is POSTed three times",
    "mutated_cdr": "the CDR is followed by one with the same id and another total",
    "dearer_tariff": "the CDR is billed under another tariff, half again as dear, which it carries",
    "inflated_energy": "the CDR states and bills a tenth more energy than its session's meter",
    "idle_as_charging": "the CDR states and bills the time plugged in afterwards as charging time",
    "garbled_periods": "the charging periods of the CDR are in the wrong order; its totals are right",
    "inverted_period": "the CDR ends before it starts",
    "late_cdr": "the CDR comes `seconds` (86400) later than planned",
    "cdr_months_later": "the CDR comes `seconds` (7776000, which is 90 days) later than planned",
    "unsent_cdr": "the CDR is listed but never POSTed: only a pull finds it",
    "no_cdr": "no CDR is ever sent, nor listed",
    "no_session_id": "the CDR names neither its session nor an authorization reference",
    "credit_cdr": "first a CDR half again as dear; `seconds` (3600) later its credit CDR and the right one (2.2.1 on)",
    "credit_first": "as credit_cdr, with the credit CDR sent before the one that it credits (2.2.1 on)",
}
_PAGES = {
    "truncated_json": "lists are cut in the middle of the JSON text",
    "paging_one_by_one": "lists come one object a page, whatever limit was asked for",
    "moving_pages": "while a list is crawled its first object moves to the end, so that pages shift",
    "changing_total": "X-Total-Count grows with each page",
    "self_link": "the Link to the next page leads to the same page, on every page",
    "endless_link": "every page has a next one, with an offset beyond the end of the list",
    "relative_link": "the Link to the next page is relative",
    "http_link": "the Link to the next page says http where the page was https",
    "ignores_date_from": "lists ignore date_from and date_to",
    "ignores_offset": "every page is the first",
    "bad_object_in_page": "the second object of each page lacks nearly all required fields",
}
_SPEECH = {
    "slow": "every OCPI answer takes `seconds` (5) of real time",
    "clock_ahead": "the CPO's clock is `seconds` (600) ahead: every moment it tells is later than it was",
    "naive_times": "moments are told without a zone",
    "string_numbers": "amounts are told as text",
    "unknown_fields": "objects carry fields that no edition knows",
    "raw_token": "tokens are sent as they are, without base64, in every version",
    "newline_token": "the base64 of a token has a line end in it, as the specification's own examples do",
    "keeps_token_a": "having registered, the CPO goes on using the registration token",
    "handshake_refused": "the CPO reads our versions during registration and then answers 3001",
    "handshake_lost": "the CPO registers us, and its answer is lost: HTTP 500",
    "everything_twice": "each message is sent twice, as stores that forward do",
    "stored_and_late": "each message is held back for `seconds` (900), as stores that forward do",
}
FAULTS: dict[str, str] = _STARTS | _SESSIONS | _BILLS | _PAGES | _SPEECH


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

    def is_on(self, name: str) -> bool:
        """Tell whether the fault is on for every EVSE, using up none of its times."""
        return any(fault.name == name and fault.evse_uid is None for fault in self._faults)

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
