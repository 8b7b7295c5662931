"""Printing for people: colors and the terminal's width where there is a terminal, plain text of 100 columns elsewhere.

Partners write ids and texts, so nothing that is printed here is read as markup, and nothing in it reaches the terminal
as a command. Numbers are shortened for reading only, after all that is computed with them.
"""

import io
import os
import sys
from decimal import ROUND_HALF_UP, Decimal

from rich.console import Console

PLAIN_WIDTH = 100
_MOST_DECIMALS = 4


def terminal() -> Console:
    """Return a console on standard output, which shows as an escape what the output's encoding does not have."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PLAIN_WIDTH
    return console


def printable(text: str) -> str:
    """Return text with what would command a terminal, or break a line, replaced."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def shortened(number: Decimal) -> Decimal:
    """Round a number to four decimals, half away from zero, so that a table stays a table."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_MOST_DECIMALS:
        return number.quantize(Decimal(1).scaleb(-_MOST_DECIMALS), rounding=ROUND_HALF_UP)
    return number


def short(number: Decimal, decimals: int = 0) -> str:
    """Return a number with at least ``decimals`` and at most four decimals, and no other needless zeros."""
    whole, _, fraction = f"{shortened(number):f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole
