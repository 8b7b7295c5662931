"""Words as the search compares them: without case, accents and the ways to spell umlauts, and close ones (typos).

``Müllerstraße``, ``Muellerstr.`` and ``mullerstrasse`` come out the same; what is typed and what is stored go through
here alike. Pure; which words places have is known by ``services/finding/words.py``.
"""

import re
import unicodedata

SHORTEST_MISTAKE = 4
"""Letters; shorter words must be typed right."""
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "a", "œ": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"})
_UMLAUTS = re.compile("([aou])e")
_STREET = re.compile("str(a|as|ass|asse)?$")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> list[str]:
    """Return the words of a text, folded, in their order."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return [_STREET.sub("str", _UMLAUTS.sub(r"\1", word)) for word in _WORD.findall(plain)]


def grams_of(word: str) -> list[str]:
    """Return the threes of letters of a word, its ends marked; none for words that are never corrected."""
    if len(word) < SHORTEST_MISTAKE or not word.isalpha():
        return []
    marked = f"^{word}$"
    return sorted({marked[at : at + 3] for at in range(len(marked) - 2)})


def mistakes_allowed(word: str) -> int:
    """Return how many letters of a typed word may be wrong, missing, too many or swapped."""
    if len(word) < SHORTEST_MISTAKE or not word.isalpha():
        return 0
    return 1 if len(word) < 8 else 2


def distance(typed: str, word: str) -> int:
    """Return how many letters are wrong, missing, too many or swapped with their neighbor in ``typed``.

    What was typed may be the beginning of ``word`` only: its rest costs nothing.
    """
    before: list[int] = []
    row = list(range(len(word) + 1))
    for at, letter in enumerate(typed, 1):
        last, before, row = before, row, [at]
        for place, other in enumerate(word, 1):
            best = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != other))
            if at > 1 and place > 1 and letter == word[place - 2] and typed[at - 2] == other:
                best = min(best, last[place - 2] + 1)
            row.append(best)
    return min(row[-1], *row[len(typed) :]) if len(word) >= len(typed) else row[-1]
