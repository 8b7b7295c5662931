"""Tariffs that feeds put inside a Location, where no version of the specification has them.

Lives here: finding them. Does not live here: reading them (``v*/mapping/tariff.py``).
"""


def embedded_tariffs(raw_location: object) -> tuple[dict[str, object], ...]:
    """Return the tariffs that a feed puts on the EVSEs of a location, each id once, owned by the location's owner.

    They are as the partner sent them but for the owner, which the feed leaves out (Ludwigsburg feed). A location that
    names no owner, as in 2.1.1, gives none to its tariffs either.
    """
    if not isinstance(raw_location, dict):
        return ()
    owner = {field: raw_location[field] for field in ("country_code", "party_id") if field in raw_location}
    evses = raw_location.get("evses")
    found: dict[str, dict[str, object]] = {}
    for evse in evses if isinstance(evses, list) else ():
        tariffs = evse.get("tariffs") if isinstance(evse, dict) else None
        for tariff in tariffs if isinstance(tariffs, list) else ():
            if isinstance(tariff, dict):
                found.setdefault(str(tariff.get("id")), {**owner, **tariff})
    return tuple(found.values())
