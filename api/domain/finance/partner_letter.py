"""What to write to a partner about a bill, a session or the lack of one: plain English text that staff may change."""

from collections.abc import Mapping, Sequence
from typing import Any

_ASKS = {
    "cdr_missing": "Please send us the CDR of this session, or tell us that there will be none.",
    "estimate_captured": "Please send us the CDR of this session, or tell us that there will be none.",
    "session_of_no_charge": "Please tell us which token started this session, and by which authorization.",
    "cdr_without_charge": "Please tell us which session and which token this CDR is for, or send a credit CDR.",
    "cdr_conflict": "Please correct it by a credit CDR and a new CDR with an id of its own (OCPI 2.2.1, mod_cdrs).",
}
_ASK = "Please check it, and correct it by a credit CDR and a new CDR if you agree; else tell us how it was computed."
_NAMES = {
    "cdr": "CDR",
    "session": "Session",
    "session_id": "Session",
    "evse": "EVSE",
    "started_at": "Started",
    "ended_at": "Ended",
    "energy_kwh": "Energy in kWh",
    "currency": "Currency",
    "billed": "Billed before tax",
    "computed": "Computed before tax",
    "difference": "Difference",
}


def letter_to_partner(*, reason: str, title: str, facts: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the text: what is wrong, the facts by which they find it, line by line, and what we ask for."""
    told = [f"{name}: {facts[key]}" for key, name in _NAMES.items() if facts.get(key) not in (None, "")]
    body = [f"Hello,\n\nwe found the following: {title[0].lower()}{title[1:]}.", "\n".join(told)]
    if lines:
        body.append("Line by line, before tax:\n" + "\n".join(_line(each) for each in lines))
    body.append(_ASKS.get(reason, _ASK))
    body.append("Kind regards")
    return "\n\n".join(part for part in body if part) + "\n"


def _line(line: Mapping[str, Any]) -> str:
    billed = line.get("billed")
    return f"- {line.get('kind')}: billed {'nothing' if billed is None else billed}, computed {line.get('computed')}"
