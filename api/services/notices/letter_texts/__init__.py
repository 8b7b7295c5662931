"""The words of letters about accounts: one file a language, each with every letter. A letter never names its reader.

Whoever signs up chooses a name and an address, which may be somebody else's: a name in the text would let strangers
send their own words in our letters.
"""

from collections.abc import Mapping
from typing import Any, Final

from api.domain.language import language_of
from api.services.notices.letter_texts.de import DE, DE_FOOT
from api.services.notices.letter_texts.en import EN, EN_FOOT
from api.services.notices.letter_texts.fr import FR, FR_FOOT
from api.services.notices.letter_texts.nb import NB, NB_FOOT
from api.services.notices.letter_texts.sv import SV, SV_FOOT
from api.services.notices.letter_texts.templates import Template

__all__ = ["TEXTS", "Template", "letter_text"]

TEXTS: Final[dict[str, dict[Template, tuple[str, str]]]] = {"en": EN, "de": DE, "fr": FR, "nb": NB, "sv": SV}
"""By language: subject and text of each letter."""
_FEET: Final = {"en": EN_FOOT, "de": DE_FOOT, "fr": FR_FOOT, "nb": NB_FOOT, "sv": SV_FOOT}


def letter_text(template: Template, language: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject and the text of a letter."""
    spoken = language_of(language)
    subject, text = TEXTS[spoken][template]
    return subject.format(**facts), f"{text}\n{_FEET[spoken]}".format(**facts)
