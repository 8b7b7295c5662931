"""Words of wallets: no language misses one."""

from api.domain.language import LANGUAGES
from api.services.wallet.words import _WORDS, word_for


def test_every_movement_has_its_word_in_every_language() -> None:
    """Five languages, each with words of its own."""
    assert {kind: set(words) for kind, words in _WORDS.items()} == {kind: set(LANGUAGES) for kind in _WORDS}
    assert all(len({words[each] for each in LANGUAGES}) >= 3 for words in _WORDS.values())


def test_an_unknown_language_or_kind_still_says_something() -> None:
    """English, and the most general word."""
    assert (word_for("top_up", "fr-CH"), word_for("top_up", "it"), word_for("new", "de")) == (
        "Recharge du compte",
        "Top-up",
        "Buchung",
    )
