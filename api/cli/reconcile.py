"""``chargehand reconcile``: our books against the processor and partners. Each file adds its command to the group."""

import typer

reconcile_app = typer.Typer(no_args_is_help=True, help="Our books against the processor's and partners'.")
