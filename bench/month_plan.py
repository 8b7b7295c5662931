"""What a made-up month consists of: one row per hold, from which every table follows, the same for the same seed.

Amounts are minor units. Most charges are captured plainly; the others have each of the ends that honest charges have.
"""

KINDS = (
    ("plain", 68),
    ("corrected", 4),
    ("above", 3),
    ("refunded", 3),
    ("waived", 2),
    ("start_failed", 5),
    ("expired", 2),
    ("declined", 2),
    ("wallet", 5),
    ("fleet", 2),
    ("paid_later", 2),
    ("awaiting", 1),
    ("charging", 1),
)
"""How a charge goes, and how many of a hundred go so. The last two are of today."""

PARTNERS = 20
UNBILLED = 4
"""The first partners, which send no invoices: faults in bills are planted at theirs, so that each is one fault."""


def plan(holds: int, seed: int) -> str:
    """Return the statement that makes the plan; ``$1`` is the moment that the month ends at."""
    cases, upto = [], 0
    for kind, share in KINDS[:-2]:
        upto += share
        cases.append(f"WHEN mix < {upto} THEN '{kind}'")
    upto += KINDS[-2][1]
    cases.append(f"WHEN mix < {upto} THEN 'awaiting' ELSE 'charging'")
    return f"""
CREATE TEMP TABLE month_plan AS
SELECT p.*, 'chs_' || code AS id, 'hld_' || code AS hold, 'DRV' || code AS token, 'ses' || n AS session,
  CASE WHEN kind NOT IN ('wallet', 'fleet') THEN 'pi_' || code END AS intent,
  'prt_' || partner || '/DE/P' || lpad(partner::text, 2, '0') AS owner,
  kind IN ('plain', 'corrected', 'above', 'refunded', 'waived', 'wallet', 'fleet', 'paid_later') AS settled,
  kind NOT IN ('start_failed', 'expired', 'declined') AS had_session,
  CASE WHEN kind = 'declined' THEN 0 ELSE 6000 END AS authorized,
  CASE kind WHEN 'above' THEN 6000 WHEN 'paid_later' THEN 6000 WHEN 'refunded' THEN owed + 300
    WHEN 'plain' THEN owed WHEN 'corrected' THEN owed WHEN 'wallet' THEN owed WHEN 'fleet' THEN owed ELSE 0 END
    AS captured,
  CASE kind WHEN 'above' THEN owed - 6000 ELSE 0 END AS receivable,
  CASE kind WHEN 'paid_later' THEN owed - 6000 ELSE 0 END AS paid_later,
  CASE kind WHEN 'refunded' THEN 300 ELSE 0 END AS refunded,
  owed - round(owed * 100 / 119.0)::bigint AS vat, round(owed * 0.7)::bigint AS cost,
  created_at + interval '70 minutes' AS ended_at, created_at + interval '3 hours' AS billed_at
FROM (
  SELECT n, kind, lpad(n::text, 9, '0') AS code, chance, chance % {PARTNERS} AS partner, 'drv_' || n AS driver,
    CASE WHEN chance % {PARTNERS} >= {PARTNERS - 2} THEN 'CHF' ELSE 'EUR' END AS currency,
    CASE WHEN kind IN ('above', 'paid_later') THEN 6100 + chance % 2900 WHEN kind = 'waived' THEN 1 + chance % 40
      ELSE 200 + chance % 5400 END AS owed,
    CASE kind WHEN 'charging' THEN $1 - interval '50 minutes' WHEN 'awaiting' THEN $1 - interval '3 hours'
      ELSE $1 - interval '16 hours' - interval '29 days' * (chance % 1000003) / 1000003.0 END AS created_at
  FROM (SELECT n, chance, CASE {" ".join(cases)} END AS kind
    FROM (SELECT n, chance, (chance / 1000003) % 100 AS mix
      FROM (SELECT n, hashint8extended(n, {seed}) & 9223372036854775807 AS chance
        FROM generate_series(1, {holds}) n) a) b) c
) p;
CREATE INDEX ON month_plan (n);
ANALYZE month_plan;
"""  # noqa: S608 - numbers of ours
