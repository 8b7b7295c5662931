"""What each class of fault changes in a month, in SQL; ``{names}`` are columns of the plan's row that bears it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One class: the reason and subject of its finding, the kind of charge that it is planted in, and how."""

    reason: str
    subject: str
    kind: str
    statements: tuple[str, ...]
    unbilled: bool = False
    """Planted at partners that send no invoices, whose sums it would change too."""
    most: int = 1_000_000

    def count(self, each: int) -> int:
        """Return how many to plant where ``each`` are wanted."""
        return min(each, self.most)


_STANDS = (
    "UPDATE hold SET status = 'placed', released_minor = 0, {moment} WHERE id = '{{hold}}'",
    "UPDATE processor_payment SET status = 'requires_capture', capturable_minor = 6000 WHERE id = '{{intent}}'",
)
"""A hold of a start that failed, never let go."""


def _stands(moment: str) -> tuple[str, ...]:
    return tuple(each.format(moment=moment) for each in _STANDS)


def _state(**amounts: str) -> str:
    """Return the SQL that changes amounts which the machine of a charge remembers."""
    change = "state"
    for name, amount in amounts.items():
        path = "{{" + name.replace("__", ",") + "}}"
        value = f"jsonb_build_object('minor', {amount}, 'currency', '{{currency}}')"
        change = f"jsonb_set({change}, '{path}', {value})"
    return f"state = {change}"


_OWES = "UPDATE charging_session SET owed_minor = {{owed}} {0}, {1} WHERE id = '{{id}}'"
_UNPAID = (
    (
        "UPDATE charging_session SET state = state || jsonb_build_object('after', jsonb_build_object('withheld',"
        " jsonb_build_object('minor', 150, 'currency', '{currency}'))) WHERE id = '{id}'"
    ),
    f"UPDATE charging_session SET owed_minor = {{owed}} - 150, {_state(owed='{owed} - 150', billed='{owed} - 150', excess='150', ordered_back='150')} WHERE id = '{{id}}'",  # noqa: E501, S608 - ours
)
_REFUND = (
    "INSERT INTO refund (id, charging_session_id, payment_intent_id, currency, amount_minor, origin, state, code,"
    " returned_minor, credited_minor, repaid_minor, created_at, accepted_at, finished_at) VALUES ('rfd_{code}', '{id}',"
    " '{intent}', '{currency}', 150, 'ordered', '%s', 'declined', 0, 0, 0, {until} - interval '2 days',"
    " {until} - interval '2 days', {until} - interval '2 days')"
)
_CDR = """INSERT INTO cdr (key, public_id, partner_id, country_code, party_id, id, session_id, token_uid, currency,
  total_cost, total_energy_kwh, credit, credit_reference_id, started_at, ended_at, document, raw, raw_hash,
  charging_session_id, received_at) SELECT key || '{part}', public_id || '{part}', partner_id, country_code, party_id,
  id || '{part}', session_id, token_uid, currency, {cost}, total_energy_kwh, {credit}, started_at, ended_at, document,
  raw, raw_hash, {charge}, {{until}} - interval '5 hours' FROM cdr WHERE key = '{{owner}}/C{{code}}'"""
_INTENT = """INSERT INTO processor_payment (id, status, currency, amount_minor, capturable_minor, received_minor,
  refunded_minor, hold_id, environment, created_at, seen_at) VALUES ('pi_{{code}}x', {status}, 'EUR', 5000, {held},
  {taken}, 0, {hold}, 'sandbox', {{until}} - interval '3 hours', {{until}})"""


def _cdr(part: str, cost: str, charge: str, credit: str = "false, NULL") -> str:
    return _CDR.format(part=part, cost=cost, charge=charge, credit=credit)


def _of_place(even: str, odd: str) -> str:
    return "CASE {place} % 2 WHEN 0 THEN " + f"{even} ELSE {odd} END"


_ITS_STATUS, _ITS_CENT = _of_place("'canceled'", "status"), _of_place("0", "1")
_TOLD_OTHERWISE = (
    f"UPDATE processor_payment SET status = {_ITS_STATUS}, received_minor = received_minor - {_ITS_CENT}"  # noqa: S608 - our own words
    " WHERE id = '{intent}'"
)

FAULTS = (
    Fault(
        "hold_open_too_long",
        "{id}",
        "start_failed",
        _stands("created_at = {until} - interval '5 days', capture_before = {until} + interval '3 days'"),
    ),
    Fault("hold_near_expiry", "{id}", "start_failed", _stands("capture_before = {until} + interval '{hours} hours'")),
    Fault(
        "cdr_missing",
        "{id}",
        "awaiting",
        (
            (
                "UPDATE charging_session SET unplugged_at = {until} - interval '9 hours', energy_ended_at = {until}"
                " - interval '10 hours' WHERE id = '{id}'"
            ),
        ),
    ),
    Fault("cdr_without_charge", "{owner}/C{code}S", "plain", (_cdr("S", "4.56", "NULL"),), unbilled=True),
    Fault(
        "session_of_no_charge",
        "{owner}/SES{n}S",
        "plain",
        (
            (
                "INSERT INTO partner_session (key, partner_id, country_code, party_id, id, token_uid, evse_uid, status,"
                " kwh,"
                " document, raw, last_updated, first_seen_at, updated_at) SELECT key || 'S', partner_id, country_code,"
                " party_id, id || 's', 'UNKNOWN', evse_uid, status, kwh, document, raw, last_updated, first_seen_at,"
                " updated_at FROM partner_session WHERE key = '{owner}/SES{n}'"
            ),
        ),
    ),
    Fault(
        "session_without_hold",
        "{id}",
        "charging",
        ("DELETE FROM hold WHERE id = '{hold}'", "DELETE FROM processor_payment WHERE id = '{intent}'"),
    ),
    Fault(
        "captured_differs",
        "{id}",
        "plain",
        (
            _OWES.format(
                "+ " + _of_place("-77", "125"),
                _state(owed="{owed} + " + _of_place("-77", "125"), billed="{owed} + " + _of_place("-77", "125")),
            ),
        ),
    ),
    Fault(
        "currency_differs",
        "{id}",
        "plain",
        ("UPDATE cdr SET currency = 'SEK' WHERE key = '{owner}/C{code}'",),
        unbilled=True,
    ),
    Fault("cdr_not_billed", "{id}", "plain", (_cdr("D", "1.23", "'{id}'"),), unbilled=True),
    Fault(
        "cdr_cost_differs",
        "{owner}/C{code}",
        "plain",
        (
            (
                "UPDATE ledger_entry SET amount_minor = amount_minor + sign(amount_minor) * 9"
                " WHERE journal_id = 'jrn_cdr_{code}'"
            ),
        ),
    ),
    Fault(
        "credit_without_original",
        "{owner}/C{code}K",
        "plain",
        (_cdr("K", "-2.34", "NULL", "true, 'no-such-cdr'"),),
        unbilled=True,
    ),
    Fault(
        "orphan_at_processor",
        "pi_{code}x",
        "plain",
        (
            _INTENT.format(
                status=_of_place("'requires_capture'", "'succeeded'"),
                held=_of_place("5000", "0"),
                taken=_of_place("0", "5000"),
                hold="NULL",
            ),
        ),
    ),
    Fault(
        "second_hold_at_processor",
        "pi_{code}x",
        "plain",
        (_INTENT.format(status="'requires_capture'", held="5000", taken="0", hold="'{hold}'"),),
    ),
    Fault(
        "hold_not_at_processor", "{intent}", "start_failed", ("DELETE FROM processor_payment WHERE id = '{intent}'",)
    ),
    Fault(
        "payment_not_at_processor",
        "pin_{code}",
        "wallet",
        ("DELETE FROM processor_payment WHERE id = 'pi_{code}b'",),
    ),
    Fault(
        "hold_differs_at_processor",
        "{intent}",
        "plain",
        (_TOLD_OTHERWISE,),
    ),
    Fault(
        "payment_differs_at_processor",
        "pin_{code}",
        "paid_later",
        ("UPDATE processor_payment SET received_minor = received_minor - 100 WHERE id = 'pi_{code}b'",),
    ),
    Fault(
        "refund_differs_at_processor",
        "rfd_{code}",
        "refunded",
        ("UPDATE processor_refund SET status = 'failed' WHERE id = 're_{code}'",),
    ),
    Fault(
        "clearing_differs",
        "{intent}",
        "plain",
        (
            (
                "UPDATE processor_entry SET net_minor = net_minor - 5, fee_minor = fee_minor + 5"
                " WHERE id = 'txn_{code}charge'"
            ),
        ),
    ),
    Fault(
        "operation_without_end",
        "{id}",
        "start_failed",
        (
            (
                "INSERT INTO payment_operation (id, kind, hold_id, charging_session_id, state, attempts, created_at)"
                " VALUES ('opr_{code}x', 'release', '{hold}', '{id}', 'unknown', 9, {until} - interval '2 hours')"
            ),
        ),
    ),
    Fault("refund_failed", "rfd_{code}", "plain", (*_UNPAID, _REFUND % "failed")),
    Fault("refund_denied", "rfd_{code}", "plain", (*_UNPAID, _REFUND % "denied")),
    Fault(
        "wallet_drift",
        "{driver}:{currency}",
        "wallet",
        (
            (
                "UPDATE ledger_entry SET amount_minor = amount_minor + CASE WHEN account_id LIKE 'prepaid:%' THEN 10"
                " WHEN account_id LIKE 'revenue:%' THEN -10 ELSE 0 END"
                " WHERE journal_id = 'jrn_{code}prepaid_spent_hold'"
            ),
        ),
    ),
    Fault(
        "payout_rest",
        "po_EUR{day}",
        "day",
        (
            (
                "UPDATE payout SET amount_minor = amount_minor + 7, reconciled_at = {until} - interval '3 hours'"
                " WHERE id = 'po_EUR{day}'"
            ),
        ),
        most=20,
    ),
    Fault(
        "invoice_sum_differs",
        "{invoice}",
        "invoice",
        (
            (
                "UPDATE invoice_report SET stated_amount = stated_amount + 12.34, updated_at = {until}"
                " - interval '3 hours' WHERE key = '{invoice}'"
            ),
        ),
        most=12,
    ),
    Fault(
        "mirror_behind",
        "refunds",
        "mirror",
        ("UPDATE mirror_progress SET complete_until = {until} - interval '3 days' WHERE kind = 'refunds'",),
        most=1,
    ),
)

TOUCHED = (
    "UPDATE charging_session SET updated_at = {until} - interval '3 hours' WHERE id = '{id}'",
    "UPDATE payin SET looked_at = {until} - interval '3 hours' WHERE id = 'pin_{code}'",
    "UPDATE processor_payment SET seen_at = {until} - interval '20 minutes' WHERE id IN ('{intent}', 'pi_{code}b')",
    "UPDATE processor_entry SET seen_at = {until} - interval '20 minutes' WHERE payment_intent_id = '{intent}'",
    "UPDATE processor_refund SET seen_at = {until} - interval '20 minutes' WHERE payment_intent_id = '{intent}'",
)
"""What makes a fault a change of late, so that a look at changes finds it."""
