"""The words of places: read anew after something changed, and found again however they are typed.

A location is found by its name, address, city, postal code, operator and the ids of its EVSEs. Words that nobody has
are taken for typing errors of words that somebody has (``domain/search_words.py`` says how close they must be). No
extension of PostgreSQL is needed: the words stand in an array, and the threes of letters of each word in another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.search_words import distance, fold, grams_of, mistakes_allowed
from api.domain.visual_id import normalize
from api.services.work import Work

AT_ONCE = 1000
MOST_ROUNDS = 200
MOST_SPELLINGS = 60
MOST_WORDS = 8
"""How many typed words are looked at."""
_CLOSE = 200

_TAKE = text(
    "DELETE FROM place_unread WHERE id IN"
    " (SELECT id FROM place_unread ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED) RETURNING location_key"
)
_READ = text(
    "SELECT l.key, l.name, l.address, l.city, l.postal_code, l.operator_name,"
    " (SELECT array_agg(e.evse_id_normal) FROM evse e WHERE e.location_key = l.key AND e.evse_id_normal IS NOT NULL)"
    " FROM location l WHERE l.key = ANY(:keys)"
)
_FORGET = text("DELETE FROM place_text WHERE location_key = ANY(:keys)")
_KEEP = text(
    "INSERT INTO place_text (location_key, words) VALUES (:key, :words)"
    " ON CONFLICT (location_key) DO UPDATE SET words = excluded.words WHERE place_text.words <> excluded.words"
)
_LEARN = text("INSERT INTO place_word (word, grams) VALUES (:word, :grams) ON CONFLICT DO NOTHING")
_KNOWN = text("SELECT word FROM place_word WHERE word = ANY(:words)")
_BEGINNING = text(
    "SELECT asked.term, found.word FROM unnest(CAST(:terms AS text[])) AS asked(term), LATERAL ("
    ' SELECT word FROM place_word WHERE word >= asked.term COLLATE "C"'
    ' AND word < (asked.term || chr(1114111)) COLLATE "C"'
    " ORDER BY length(word), word LIMIT :most) found"
)
_CLOSE_TO = text(
    "SELECT word FROM place_word WHERE grams && CAST(:grams AS text[]) AND length(word) >= :shortest ORDER BY"
    " (SELECT count(*) FROM unnest(grams) gram WHERE gram = ANY(CAST(:grams AS text[]))) DESC, length(word), word"
    " LIMIT :most"
)


async def read_unread_places(*, work: Work) -> int:
    """Read the words of all places that are new or changed; return how many were looked at."""
    count = 0
    for _ in range(MOST_ROUNDS):
        async with work() as db:
            keys = await _read_some(db)
        count += len(keys)
        if not keys:
            break
    return count


async def _read_some(db: AsyncSession) -> set[str]:
    """Read one page of places; the rows that say so are gone first, so that a change meanwhile leaves a new one."""
    connection = await db.connection()
    keys = {key for (key,) in await connection.execute(_TAKE, {"most": AT_ONCE})}
    if not keys:
        return keys
    rows = (await connection.execute(_READ, {"keys": list(keys)})).all()
    words = {key: _words(texts, evse_ids or ()) for key, *texts, evse_ids in rows}
    if gone := keys - words.keys():
        await connection.execute(_FORGET, {"keys": list(gone)})
    if words:
        await connection.execute(_KEEP, [{"key": key, "words": words[key]} for key in sorted(words)])
    every = sorted({word for each in words.values() for word in each})
    known = {word for (word,) in await connection.execute(_KNOWN, {"words": every})}
    if fresh := [word for word in every if word not in known]:
        await connection.execute(_LEARN, [{"word": word, "grams": grams_of(word)} for word in fresh])
    return keys


def _words(texts: Iterable[str | None], evse_ids: Iterable[str]) -> list[str]:
    folded = {word for each in texts if each for word in fold(each)}
    return sorted(folded | {each.lower() for each in evse_ids})


async def terms_of(*, db: AsyncSession, typed: str) -> tuple[tuple[str, ...], ...]:
    """Return the known spellings of each word that was typed; a word that is nobody's has none and finds nothing."""
    words = list(dict.fromkeys(fold(typed)))[:MOST_WORDS]
    if not words:
        return ((),)
    found = await _beginning_with(db, words)
    whole = normalize(typed).lower()
    if whole and whole not in words and (ids := (await _beginning_with(db, [whole]))[whole]):
        return (tuple(ids),)  # an EVSE id, with whatever marks between its parts
    for word in words:
        if word not in found and mistakes_allowed(word):
            found[word] = await _close_to(db, word)
    return tuple(tuple(found[word]) for word in words)


async def _beginning_with(db: AsyncSession, words: Sequence[str]) -> defaultdict[str, list[str]]:
    """Return the words that begin with each of ``words``, the shortest first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = await (await db.connection()).execute(_BEGINNING, {"terms": list(words), "most": MOST_SPELLINGS})
    for term, word in rows:
        found[term].append(word)
    return found


async def _close_to(db: AsyncSession, word: str) -> list[str]:
    """Return the known words that are closest to a mistyped one."""
    allowed = mistakes_allowed(word)
    values: Mapping[str, object] = {"grams": grams_of(word), "shortest": len(word) - allowed, "most": _CLOSE}
    rows = await (await db.connection()).execute(_CLOSE_TO, values)
    away = {found: distance(word, found) for (found,) in rows}
    nearest = min(away.values(), default=allowed + 1)
    return [found for found, far in away.items() if far == nearest <= allowed]
