"""The words on papers and in mails: one file a language, all of the same shape, so that none can lack a text."""

from typing import Final

from clients.documents.texts.de import DE
from clients.documents.texts.en import EN
from clients.documents.texts.fr import FR
from clients.documents.texts.nb import NB
from clients.documents.texts.sv import SV
from clients.documents.texts.words import Words

WORDS: Final[dict[str, Words]] = {"en": EN, "de": DE, "fr": FR, "nb": NB, "sv": SV}
"""By language; the ones of ``domain/language.py``."""
