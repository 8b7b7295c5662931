"""The words of the pages: all five languages complete."""

import re
from pathlib import Path

import pytest

from api.domain.language import LANGUAGES
from api.routes.contact.words import catalog

API = Path(__file__).resolve().parents[4] / "api"
_SOURCES = [*(API / "templates" / "contact").glob("*.html"), *(API / "routes" / "contact").glob("*.py")]
_TEXT = re.compile(r"""\b(?:_|say)\(\s*(?:"([^"]+)"|'([^']+)')""")
_FACT = re.compile(r"%\((\w+)\)s")


@pytest.mark.capability("CN31", "L11")
@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    """A text without a translation would be English in the middle of a page; one nobody uses is forgotten."""
    texts = {one or other for path in _SOURCES for one, other in _TEXT.findall(path.read_text("utf-8"))}
    words = catalog(language)
    assert len(texts) > 80
    assert texts ^ words.keys() == set()
    for english, translated in words.items():
        assert set(_FACT.findall(english)) == set(_FACT.findall(translated)), english
