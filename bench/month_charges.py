"""The tables of a made-up month that tell of charges: drivers, partners, charges, sessions, bills, holds, calls."""

import json

import msgspec

from api.domain.charging.afterwards import Afterwards
from api.domain.charging.state import ChargingState, ChargingStatus, HoldStatus, Metering
from api.domain.money import Money
from bench.month_plan import PARTNERS

_NOTHING = Money.zero("EUR")
_STATE = json.dumps(
    msgspec.to_builtins(
        ChargingState(ChargingStatus.SETTLED, HoldStatus.CAPTURED, Metering.LIVE, _NOTHING, _NOTHING, _NOTHING)
    )
)
_AFTER = json.dumps(msgspec.to_builtins(Afterwards.nothing("EUR")))


def money(amount: str) -> str:
    """Return the SQL for an amount as the machine stores it."""
    return f"jsonb_build_object('minor', {amount}, 'currency', currency)"


_HOLD_STATUS = """CASE kind WHEN 'start_failed' THEN 'released' WHEN 'waived' THEN 'released'
  WHEN 'expired' THEN 'expired'
  WHEN 'declined' THEN 'declined' WHEN 'awaiting' THEN 'placed' WHEN 'charging' THEN 'placed' ELSE 'captured' END"""
_STATUS = """CASE kind WHEN 'start_failed' THEN 'start_failed' WHEN 'expired' THEN 'abandoned'
  WHEN 'declined' THEN 'declined' WHEN 'awaiting' THEN 'ended' WHEN 'charging' THEN 'charging' ELSE 'settled' END"""
_MOVED = "CASE WHEN settled THEN billed_at ELSE created_at + interval '3 minutes' END"

PEOPLE = f"""
INSERT INTO partner (id, name, status, version, country_code, party_id, raw_token_header, roles, endpoints, created_at)
SELECT 'prt_' || n, 'P' || n, 'connected', '2.2.1', 'DE', 'P' || lpad(n::text, 2, '0'), true, '[]', '[]', $1
FROM generate_series(0, {PARTNERS - 1}) n;
INSERT INTO driver (id, email, name, language, contract_id, created_at)
SELECT driver, driver || '@example.test', 'Driver ' || n, 'en', 'DE-CHH-' || n, created_at FROM month_plan;
"""  # noqa: S608 - numbers of ours

CHARGES = f"""
INSERT INTO charging_session (id, driver_id, quote_id, partner_id, location_key, evse_key, connector_key, location_id,
  evse_uid, connector_id, country_code, party_id, time_zone, place, auth_channel, payer_type, token_uid,
  partner_session_key, currency, hold_minor, consent, status, hold_status, metering, state, version, kwh, driver_price,
  owed_minor, captured_minor, created_at, charging_at, energy_ended_at, unplugged_at, freed_at, final_at, updated_at)
SELECT id, driver, 'quo_' || code, 'prt_' || partner, owner || '/L' || n % 5000, owner || '/L' || n % 5000 || '/E' || n,
  owner || '/L' || n % 5000 || '/E' || n || '/1', 'L' || n % 5000, 'E' || n, '1', 'DE',
  'P' || lpad(partner::text, 2, '0'),
  'Europe/Berlin', '{{"name": "A place", "city": "Town"}}', 'app',
  CASE kind WHEN 'wallet' THEN 'wallet' WHEN 'fleet' THEN 'fleet' ELSE 'card' END, token,
  CASE WHEN had_session THEN owner || '/' || upper(session) END, currency, 6000, '{{}}', {_STATUS},
  {_HOLD_STATUS}, 'live',
  '{_STATE}'::jsonb || jsonb_build_object('status', {_STATUS}, 'hold', {_HOLD_STATUS},
    'hold_amount', {money("6000")}, 'receivable', {money("receivable")}, 'excess', {money("0")},
    'session_seen', had_session)
    || CASE WHEN settled THEN jsonb_build_object('owed', {money("owed")},
      'billed', {money("CASE kind WHEN 'waived' THEN 0 ELSE owed END")}) ELSE '{{}}' END
    || CASE WHEN captured > 0 THEN jsonb_build_object('captured', {money("captured")},
      'capturing', {money("captured")}) ELSE '{{}}' END
    || CASE WHEN refunded > 0 THEN jsonb_build_object('ordered_back', {money("refunded")}) ELSE '{{}}' END
    || CASE WHEN paid_later > 0 OR refunded > 0 THEN jsonb_build_object('after', '{_AFTER}'::jsonb
      || jsonb_build_object('paid', {money("paid_later")})) ELSE '{{}}' END,
  5, 12.5, CASE WHEN settled THEN jsonb_build_object('currency', currency, 'total_minor', owed, 'net_minor', owed - vat,
    'vat_minor', vat, 'partner_cost', round(cost / 100.0, 2)::text) END,
  CASE WHEN settled THEN owed END, CASE WHEN captured > 0 THEN captured END, created_at,
  CASE WHEN had_session THEN created_at + interval '1 minute' END,
  CASE WHEN had_session AND kind <> 'charging' THEN ended_at END,
  CASE WHEN had_session AND kind <> 'charging' THEN ended_at END,
  CASE WHEN kind <> 'charging' THEN CASE WHEN had_session THEN ended_at ELSE created_at END END,
  CASE WHEN kind NOT IN ('charging', 'awaiting') THEN {_MOVED} END,
  CASE WHEN kind = 'awaiting' THEN ended_at ELSE {_MOVED} END
FROM month_plan;
"""  # noqa: S608 - our own words

SESSIONS = """
INSERT INTO partner_session (key, partner_id, country_code, party_id, id, token_uid, evse_uid, status, kwh, document,
  raw, charging_session_id, last_updated, first_seen_at, updated_at)
SELECT owner || '/' || upper(session), 'prt_' || partner, 'DE', 'P' || lpad(partner::text, 2, '0'), session, token,
  'E' || n,
  CASE kind WHEN 'charging' THEN 'ACTIVE' ELSE 'COMPLETED' END, 12.5, '{}', '{}', id, ended_at, created_at, ended_at
FROM month_plan WHERE had_session;
"""

_CDR = """
INSERT INTO cdr (key, public_id, partner_id, country_code, party_id, id, session_id, token_uid, currency, total_cost,
  total_cost_with_taxes, total_energy_kwh, credit, credit_reference_id, started_at, ended_at, document, raw, raw_hash,
  charging_session_id, received_at, audit)
SELECT owner || '/C' || code{part}, 'cdr_' || code || lower('{part_name}'), 'prt_' || partner, 'DE',
  'P' || lpad(partner::text, 2, '0'), 'c' || code{part}, session, token, currency, round({cost} / 100.0, 2),
  NULL, 12.5, {credit}, {reference}, created_at, ended_at, '{{}}', '{{}}', md5(code{part}), id, billed_at,
  '{{"ok": true}}'
FROM month_plan WHERE {which};
"""


def _bill(which: str, cost: str, part: str = "", reference: str = "NULL") -> str:
    return _CDR.format(
        part=f" || '{part}'" if part else "",
        part_name=part,
        cost=cost,
        credit="false" if reference == "NULL" else "true",
        reference=reference,
        which=which,
    )


BILLS = (
    _bill("settled AND kind <> 'corrected'", "cost")
    + _bill("kind = 'corrected'", "(cost + 111)")
    + _bill("kind = 'corrected'", "-(cost + 111)", "X", "'c' || code")
    + _bill("kind = 'corrected'", "cost", "N")
)
"""A corrected bill is a bill, a credit for all of it, and another bill (OCPI 2.2.1, credit CDRs)."""

HOLDS = f"""
INSERT INTO hold (id, charging_session_id, driver_id, psp, payer_id, customer_id, payment_method_id, currency,
  amount_minor, payment_intent_id, status, authorized_minor, captured_minor, released_minor, fee_minor, card_brand,
  card_last4, capture_before, created_at, updated_at)
SELECT hold, id, driver, CASE kind WHEN 'wallet' THEN 'wallet' WHEN 'fleet' THEN 'fleet' ELSE 'stripe' END,
  CASE kind WHEN 'wallet' THEN driver WHEN 'fleet' THEN 'flt_1' END, 'cus_' || n, 'pm_' || n, currency, 6000, intent,
  {_HOLD_STATUS}, authorized, captured,
  CASE WHEN kind IN ('awaiting', 'charging', 'declined') THEN 0 ELSE authorized - captured END,
  CASE WHEN captured > 0 AND intent IS NOT NULL THEN 25 END, 'visa', '4242',
  CASE WHEN intent IS NOT NULL AND kind <> 'declined' THEN created_at + interval '7 days' END, created_at, {_MOVED}
FROM month_plan;
"""  # noqa: S608 - our own words

_EVENTS = f"""
INSERT INTO hold_event (hold_id, kind, amount_minor, source, psp_reference, detail, at)
SELECT hold, v.kind, v.amount, 'api', 'req_' || code, '{{}}', {_MOVED}
FROM month_plan m CROSS JOIN LATERAL (VALUES
  (1, 'place_requested', 6000::bigint, true),
  (2, CASE WHEN m.kind = 'declined' THEN 'place_failed' ELSE 'place_succeeded' END, authorized::bigint, true),
  (3, CASE WHEN m.captured > 0 THEN 'capture_requested' ELSE 'release_requested' END, captured::bigint,
    m.kind NOT IN ('declined', 'expired', 'awaiting', 'charging')),
  (4, CASE WHEN m.captured > 0 THEN 'capture_succeeded' WHEN m.kind = 'expired' THEN 'expired' ELSE 'release_succeeded'
    END, captured::bigint, m.kind NOT IN ('declined', 'awaiting', 'charging'))
) v (place, kind, amount, so) WHERE v.so ORDER BY m.n, v.place;
"""  # noqa: S608 - our own words

_CALLS = """
INSERT INTO payment_operation (id, kind, hold_id, charging_session_id, amount_minor, state, attempts, created_at,
  sent_at, finished_at)
SELECT 'opr_' || code || v.kind, v.kind, hold, id, v.amount, 'done', 1, created_at, created_at, created_at
FROM month_plan m CROSS JOIN LATERAL (VALUES ('place', 6000::bigint, true),
  (CASE WHEN m.captured > 0 THEN 'capture' ELSE 'release' END, m.captured::bigint,
    m.kind NOT IN ('declined', 'expired', 'awaiting', 'charging'))) v (kind, amount, so)
WHERE v.so AND intent IS NOT NULL;
"""

REFUNDS = """
INSERT INTO refund (id, charging_session_id, payment_intent_id, currency, amount_minor, origin, state,
  processor_refund_id, returned_minor, credited_minor, repaid_minor, created_at, accepted_at, looked_at, finished_at)
SELECT 'rfd_' || code, id, intent, currency, refunded, 'ordered', 'succeeded', 're_' || code, 0, 0, 0, billed_at,
  billed_at, billed_at, billed_at FROM month_plan WHERE refunded > 0;
INSERT INTO payin (id, purpose, method, source, driver_id, charging_session_id, currency, amount_minor, customer_id,
  on_session, payment_intent_id, status, received_minor, fee_minor, created_at, expires_at, looked_at, finished_at)
SELECT 'pin_' || code, CASE kind WHEN 'wallet' THEN 'top_up' ELSE 'receivable' END, 'card', 'driver', driver,
  CASE kind WHEN 'wallet' THEN NULL ELSE id END, currency, v.amount, 'cus_' || n, true, 'pi_' || code || 'b',
  'succeeded',
  v.amount, 20, created_at, created_at, billed_at, billed_at
FROM month_plan CROSS JOIN LATERAL (SELECT CASE kind WHEN 'wallet' THEN 10000 ELSE paid_later END AS amount) v
WHERE kind IN ('wallet', 'paid_later');
INSERT INTO wallet (driver_id, currency, blocked, level, version, created_at)
SELECT driver, currency, false, 'ok', 3, created_at FROM month_plan WHERE kind = 'wallet';
"""

CHARGES_AND_MONEY = (PEOPLE, CHARGES, SESSIONS, BILLS, HOLDS, _EVENTS, _CALLS, REFUNDS)
