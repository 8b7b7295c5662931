"""Codes for guests: ``chargehand qr`` draws a fresh one, and gives the display of a post its address."""

from typing import Annotated

import typer


def qr(
    evse_id: Annotated[str, typer.Argument(help="As printed on the post, such as DE*ABC*E71*001.")],
    display: Annotated[
        bool, typer.Option("--display", help="Give the post's display a new address to fetch codes from.")
    ] = False,
    printed: Annotated[
        bool, typer.Option("--printed", help="Print the address for a sticker, which asks for the display's digits.")
    ] = False,
) -> None:
    """Write a fresh code of an EVSE as SVG; it is good for some minutes."""
    from api.cli.world import run, world
    from api.routes.pay.qr_svg import qr_svg
    from api.services.guests.displays import code_for_evse, give_display_key

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            if display:
                print(await give_display_key(db=db, ports=ports, now=now, evse_id=evse_id))
                return
            code, address = await code_for_evse(db=db, ports=ports, now=now, evse_id=evse_id)
        print(address if printed else qr_svg(code.url, digits=code.digits, title=evse_id), end="\n" if printed else "")

    run(go())
