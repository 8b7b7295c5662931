"""The words of the pages behind mailed links: one file a language, all of one shape."""

from typing import Final

from api.routes.account.texts.de import DE
from api.routes.account.texts.en import EN
from api.routes.account.texts.fr import FR
from api.routes.account.texts.nb import NB
from api.routes.account.texts.shape import Page, PageText, Texts
from api.routes.account.texts.sv import SV

__all__ = ["TEXTS", "Page", "PageText", "Texts"]

TEXTS: Final[dict[str, Texts]] = {"en": EN, "de": DE, "fr": FR, "nb": NB, "sv": SV}
"""By language; the ones of ``domain/language.py``."""
