"""A partner with as many locations as wanted, for ``full_pull.py``: made up page by page, never held in memory.

The shape is that of a real feed of 2.2.1: two EVSEs a location, one connector each, opening times, directions, help
phone; the content is made up. Started as a process of its own: ``python -m bench.location_feed PORT COUNT``.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_CONNECTOR = (
    '{"format":"SOCKET","id":"%(n)d%(e)d7","last_updated":"2025-07-30T07:49:54.000Z","max_amperage":32,'
    '"max_electric_power":22000,"max_voltage":400,"power_type":"AC_3_PHASE","standard":"IEC_62196_T2",'
    '"tariff_ids":["t%(t)d"]}'
)
_EVSE = (
    '{"accepted_service_providers":["somebody","somebody else"],"capabilities":["CREDIT_CARD_PAYABLE",'
    '"REMOTE_START_STOP_CAPABLE","RFID_READER"],"evse_id":"DE*BNC*E%(n)07d*00%(e)d","last_updated":'
    '"2025-10-09T22:04:35.000Z","physical_reference":"%(n)d-%(e)d","status":"AVAILABLE","uid":"%(n)d%(e)d",'
    '"connectors":[' + _CONNECTOR + "]}"
)
_LOCATION = (
    '{"opening_times":{"twentyfourseven":true},"operator":{"name":"Bench Charging Ltd",'
    '"website":"https://bench.example"},"postal_code":"%(p)05d","party_id":"BNC","publish":true,'
    '"time_zone":"Europe/Berlin","address":"Street %(n)d","charging_when_closed":true,"city":"Town %(p)d",'
    '"coordinates":{"latitude":"%(lat).6f","longitude":"%(lon).6f"},"country":"DEU","country_code":"DE",'
    '"directions":[{"text":"Behind the town hall, open all day","language":"EN"}],"help_phone":"+49000%(n)07d",'
    '"id":"%(n)d","last_updated":"2026-01-02T14:20:11.000Z","name":"Place %(n)d","evses":[%(evses)s]}'
)


def location(number: int) -> str:
    """Return one location as JSON."""
    evses = ",".join(_EVSE % {"n": number, "e": each, "t": number % 50} for each in (1, 2))
    point = {"lat": 47.5 + number % 7000 / 1000, "lon": 6 + number // 7000 % 9000 / 1000}
    return _LOCATION % {"n": number, "p": number % 90_000, "evses": evses, **point}


def feed(count: int) -> Starlette:
    """Return the partner's list of ``count`` locations, paged by offset."""

    async def listed(request: Request) -> Response:
        offset, limit = int(request.query_params.get("offset", 0)), min(200, int(request.query_params["limit"]))
        until = min(count, offset + limit)
        items = ",".join(location(number) for number in range(offset, until))
        headers = {"X-Total-Count": str(count), "X-Limit": "200"}
        if until < count:
            headers["Link"] = f'<{request.url.include_query_params(offset=until)}>; rel="next"'
        body = f'{{"data":[{items}],"status_code":1000,"timestamp":"2026-03-02T09:00:00Z"}}'
        return Response(body, media_type="application/json", headers=headers)

    return Starlette(routes=[Route("/locations", listed)])


if __name__ == "__main__":
    uvicorn.run(feed(int(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
