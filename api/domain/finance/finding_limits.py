"""How much one person may decide alone, by role and currency; above it a second person signs (four eyes).

The measure is the installation's limit for approvals (about 50 euro): a finance clerk has all of it, a lead four times
as much, the third level of support half of it. An installation may name other amounts, role by role.
"""

from collections.abc import Collection, Mapping

TIMES_OF_LIMIT = {"finance_clerk": (1, 1), "finance_lead": (4, 1), "support_3": (1, 2)}
"""By role: numerator and denominator of the share. A role that is not here decides nothing alone."""

Limits = Mapping[str, Mapping[str, int]]
"""By role and currency, in minor units."""


def alone_at_most(roles: Collection[str], currency: str, *, limit: int, named: Limits) -> int:
    """Return the most that a person with these roles may decide alone, in minor units; the best of the roles counts."""
    return max((_of_role(role, currency, limit, named) for role in roles), default=0)


def _of_role(role: str, currency: str, limit: int, named: Limits) -> int:
    told = named.get(role, {}).get(currency)
    if told is not None:
        return told
    times, parts = TIMES_OF_LIMIT.get(role, (0, 1))
    return limit * times // parts
