"""The words of the pages in five languages: English stands in the templates, the others in ``contact.po``."""

import functools
from collections.abc import Callable
from pathlib import Path

from babel.messages.pofile import read_po
from starlette.requests import Request

from api.domain.language import LANGUAGES, language_of, wishes_of

LOCALE = Path(__file__).resolve().parents[2] / "locale"
NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "nb": "Norsk", "sv": "Svenska"}
Translate = Callable[..., str]


@functools.cache
def catalog(language: str) -> dict[str, str]:
    """Return the translated texts of a language by their English; read as they are, once a process."""
    if language == "en":
        return {}
    with (LOCALE / language / "contact.po").open("rb") as file:
        found = read_po(file, locale=language)
    return {str(each.id): str(each.string) for each in found if each.id and each.string}


def translator(language: str) -> Translate:
    """Return the function that puts an English text into a language and fills in what it is about."""
    texts = catalog(language)

    def translate(text: str, **facts: object) -> str:
        return texts.get(text, text) % facts if facts else texts.get(text, text)

    return translate


def wished_language(request: Request, *kept: str | None) -> str:
    """Return the language of a page: what was switched to, what was kept, what the browser asks for."""
    switched = request.query_params.get("lang")
    accepted = wishes_of(request.headers.get("accept-language", "")[:500])
    return language_of(switched if switched in LANGUAGES else None, *kept, *accepted)
