"""Money in SQL: words as a list, and exact amounts of partners as minor units of their currency."""

from collections.abc import Iterable

from api.domain.money import THREE_DECIMAL, ZERO_DECIMAL


def listed(words: Iterable[object]) -> str:
    """Return words of ours for ``IN (...)``."""
    return ", ".join(f"'{word}'" for word in sorted(map(str, words)))


def minor_of(amount: str, currency: str) -> str:
    """Return the SQL for an amount as minor units, rounded half away from zero; NULL where it is too absurd.

    Partners bill what they like: no sum over all of them, and no month's close, may break at one of theirs.
    """
    factor = (
        f"CASE WHEN {currency} IN ({listed(ZERO_DECIMAL)}) THEN 1"
        f" WHEN {currency} IN ({listed(THREE_DECIMAL)}) THEN 1000 ELSE 100 END"
    )
    return f"CASE WHEN abs({amount}) < 1000000000 THEN round({amount} * {factor})::bigint END"
