"""What the load profile stands on: a country on the map, all drivers, the charges that run now, articles to read."""

from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from api.db import UnitOfWork, create_database, make_engine
from api.services.knowledge.load import load_articles, own_articles
from bench.load import drive, request
from bench.map_view import add_country
from bench.ocpi_world import TOKEN, bodies
from bench.polls_world import add_running, add_starts
from bench.profile_model import Kind, Population, Profile

LANES = 16
"""Connections over which the partner tells its first objects."""
OURS = "/ocpi/2.2.1/emsp"
STARTERS_TO_SPARE = 2
"""Drivers who start before anything is measured, so that web process and worker are awake."""
_DRIVERS = """
INSERT INTO driver (id, email, name, password_hash, language, contract_id, payment_method_id, processor_customer_id,
                    created_at)
SELECT 'drv_p' || n, 'p' || n || '@bench.test', 'Bench', 'x', 'en', 'DE-CHH-P' || n, 'pm_card_visa', 'cus_p' || n,
       now() - interval '1 year' FROM generate_series(0, $1::integer - 1) n
"""
_INTENTS = "UPDATE hold SET payment_intent_id = 'pi_' || charging_session_id"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does what, as ranges of numbers: charges and their drivers are ``chs_N`` and ``drv_N``.

    The first charges have a stream each, the next ones are polled, the last ones end during the run.
    """

    streams: int
    polled: int
    ending: int
    live: int
    starters: int
    others: int
    """Drivers who look at the map, or do nothing: ``drv_pN``."""


def cast_of(population: Population, profile: Profile, counts: dict[Kind, int]) -> Cast:
    """Return who is needed for a run of these counts; a small population gets as many charges as it needs for them."""
    streams, polled, ending = max(1, round(profile.streams)), max(1, round(profile.polled)), counts[Kind.ENDED]
    live = max(round(profile.live), streams + polled + ending)
    starters = counts[Kind.START] + STARTERS_TO_SPARE
    return Cast(streams, polled, ending, live, starters, max(1, population.drivers - live - starters))


async def prepare(url: str, template: str, *, population: Population, cast: Cast, partner: str) -> None:
    """Make a fresh database with everything in it; ``partner`` is where it is to be reached."""
    await create_database(url, template=template, replace=True)
    connection = await asyncpg.connect(url)
    try:
        await add_country(connection, max(1, population.evses // 2))
        await add_running(connection, cast.live)
        await connection.execute(_INTENTS)
        await add_starts(connection, cast.starters, partner)
        await connection.execute(_DRIVERS, cast.others)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    engine = make_engine(url, pool_size=1)
    async with UnitOfWork(engine)() as db:
        await load_articles(db=db, now=datetime.now(UTC), articles=own_articles())
    await engine.dispose()


async def tell_first_objects(port: int, charges: int) -> None:
    """Let the partner put the location and the session of every running charge."""
    say = bodies()
    lanes = [
        [
            request("PUT", OURS + path, TOKEN, body)
            for each in range(lane, charges, LANES)
            for path, body in say.first(each)
        ]
        for lane in range(min(LANES, charges))
    ]
    if (await drive(port, lanes)).failures:
        raise RuntimeError("the partner's first objects were not taken")
