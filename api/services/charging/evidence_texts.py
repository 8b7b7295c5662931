"""The facts of an evidence pack as texts for the bank, by the processor's names of evidence.

Answers to https://docs.stripe.com/api/disputes/evidence_object: plain texts only, since what we have are records and no
scans. Written in English, which card networks take everywhere. Whoever reads them knows nothing of charging cars.
"""

from collections.abc import Iterator
from typing import Any

from api.domain.money import Money, format_money

_LONGEST = 20_000
"""Characters of one text, as the processor takes them."""


def evidence_texts(facts: dict[str, Any]) -> dict[str, str]:
    """Return the texts of a pack's facts, by field; fields with nothing to say are left out."""
    texts = {
        "customer_name": facts["driver"]["name"],
        "customer_email_address": facts["driver"]["email"],
        "service_date": (facts["session"]["charging_at"] or "")[:10],
        "product_description": _product(facts),
        "access_activity_log": "\n".join(_activity(facts)),
        "refund_policy_disclosure": "\n".join(_refunds(facts)),
        "uncategorized_text": "\n".join(_consent(facts)),
    }
    return {name: text[:_LONGEST] for name, text in texts.items() if text}


def _money(facts: dict[str, Any], minor: int | None) -> str:
    return format_money(Money(minor or 0, facts["currency"]))


def _product(facts: dict[str, Any]) -> str:
    place, session = facts["place"], facts["session"]
    where = ", ".join(str(place[each]) for each in ("name", "address", "city", "country") if place.get(each))
    return (
        f"Charging of an electric car: {session['kwh']} kWh at the charging point {place.get('evse_id') or ''}"
        f" ({where}). Price {_money(facts, facts['owed_minor'])}, tax included."
    )


def _activity(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the log of the charge, as the charger and its operator told it."""
    session = facts["session"]
    for each in session["commands"]:
        told = each["result"] or each["answer"] or "no answer"
        yield f"{each['sent_at']} driver asked in the app to {each['kind']} the charge; the charger said: {told}"
    for name, words in (
        ("charging_at", "energy began to flow"),
        ("energy_ended_at", "energy ended"),
        ("unplugged_at", "the car was unplugged"),
    ):
        if session[name]:
            yield f"{session[name]} {words}"
    if session["meter"]:
        yield "Readings of the calibrated meter:"
    for each in session["meter"]:
        yield f"{each['at']} {each['kwh']} kWh"
    for each in facts["bills"]:
        kind = "credit note" if each["credit"] else "charge detail record"
        yield (
            f"{kind} {each['id']} of the operator {each['operator']}: {each['kwh']} kWh from {each['started_at']} to"
            f" {each['ended_at']}"
        )


def _refunds(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what went back already: a bank must not give it back twice."""
    for each in facts["refunds"]:
        named = each["processor_refund_id"] or each["id"]
        yield f"{each['at']} refund of {_money(facts, each['amount_minor'])}: {each['state']} ({named})"


def _consent(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what the cardholder was shown and agreed to before anything was reserved, and what was taken."""
    consent, quote = facts["consent"], facts["quote"]
    yield f"The price was shown in the app at {quote['shown_at']} and accepted at {quote['accepted_at']}:"
    for each in quote["price"].get("lines", []):
        unit = f"{each.get('unit_price')} {facts['currency']} per {each.get('unit')}"
        yield f"- {each.get('component_type')}: {unit}"
    yield (
        f"At {consent.get('at')} the cardholder agreed in the app that exactly"
        f" {_money(facts, consent.get('amount_minor'))} be reserved."
    )
    for each in facts["payment"]:
        taken, held = _money(facts, each["captured_minor"]), _money(facts, each["reserved_minor"])
        yield f"Of {held} reserved on the {each['card_brand']} card ending in {each['card_last4']}, {taken} were taken."
    how = {
        "automatic": "taken from the saved card, as agreed in the app",
        "driver": "paid by the cardholder in the app",
    }
    for each in facts["later_payments"]:
        said = how.get(each["source"], "paid by the cardholder with the link that we sent")
        yield f"What the price had above that, {_money(facts, each['received_minor'])}, was {said}, at {each['at']}."
    for each in facts["receipts"]:
        yield f"Receipt {each['id']} was issued at {each['issued_at']}."
