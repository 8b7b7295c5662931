"""``chargehand status``: the public status page as a process of its own, for a machine that outlives the others."""

import typer

status_app = typer.Typer(no_args_is_help=True, help="The public status page.")


@status_app.callback()
def _group() -> None:
    """Keep the command below its group, though it is the only one."""


@status_app.command("serve")
def serve_status(host: str = "127.0.0.1", port: int = 8010) -> None:
    """Serve /status and /status.json from the snapshot file (CHARGEHAND_STATUS_FILE); needs no database."""
    import uvicorn

    from api.routes.status import create_status_app
    from api.settings import Settings
    from api.wiring import build_ports

    uvicorn.run(create_status_app(build_ports(Settings())), host=host, port=port, access_log=False)
