"""The languages that we write to drivers in, and which of them is meant by a tag (RFC 5646, ``de-CH``)."""

LANGUAGES = ("en", "de", "fr", "nb", "sv")
_SPOKEN_AS = {"no": "nb", "nn": "nb"}


def wishes_of(accept_language: str | None) -> list[str]:
    """Return the languages of an ``Accept-Language`` header in its order; phones and browsers list the best first."""
    return [part.split(";")[0].strip() for part in (accept_language or "").split(",")]


def language_of(*wishes: str | None) -> str:
    """Return the first language of ``wishes`` (``de``, ``fr-CH``, ``no``) that we write in, or English."""
    return next((language for language in map(spoken_of, wishes) if language in LANGUAGES), "en")


def spoken_of(tag: str | None) -> str:
    """Return the language that a tag names, whether we write in it or not: ``de`` for ``de-CH``, ``nb`` for ``no``."""
    primary = (tag or "").strip().replace("_", "-").split("-")[0].lower()
    return _SPOKEN_AS.get(primary, primary)
