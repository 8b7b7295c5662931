"""Lists as the API answers them: newest first, cursors, filters. Answers to https://docs.stripe.com/api/pagination."""

from collections.abc import Callable, Iterable
from itertools import islice

from sandbox.stripe.errors import Obj, bad_parameter
from sandbox.stripe.state import Collection

Keep = Callable[[Obj], bool]

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def list_page(collection: Collection, params: Obj, url: str, *, keep: Keep = lambda _: True) -> Obj:
    """Return one page of ``collection`` filtered by ``keep`` and by the ``created`` parameter.

    Raises ``StripeFailure`` for a limit outside 1 to 100 or an unknown cursor.
    """
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise bad_parameter("limit must be between 1 and 100.", code="parameter_invalid_integer", param="limit")
    for cursor in ("starting_after", "ending_before"):
        if cursor in params:
            collection.need(params[cursor], param=cursor, in_path=False)
    backwards = "ending_before" in params
    objects: Iterable[Obj] = (
        collection.oldest_first(after=params["ending_before"])
        if backwards
        else collection.newest_first(after=params.get("starting_after"))
    )
    created = params.get("created")
    found = list(islice((o for o in objects if _created_fits(o, created) and keep(o)), limit + 1))
    page = found[:limit]
    return {
        "object": "list",
        "data": page[::-1] if backwards else page,
        "has_more": len(found) > limit,
        "url": url,
    }


def keep_equal(params: Obj, *names: str) -> Keep:
    """Return a filter on the given parameters being equal to the fields of the same name."""
    wanted = [(name, params[name]) for name in names if name in params]
    return lambda obj: all(obj.get(name) == value for name, value in wanted)


def _created_fits(obj: Obj, wanted: int | Obj | None) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(obj["created"] == wanted)
    return all(_COMPARE[name](obj["created"], bound) for name, bound in wanted.items())
