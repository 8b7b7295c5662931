"""``chargehand``: the command line. Parses, calls one service, prints; thin on purpose.

A module per group of commands. What a command needs of the database and of the outside it imports when it runs, so that
one that needs neither, such as ``chargehand price``, starts at once.
"""

import typer

from api.cli import charge_profile, partner_invoices, reconcile_mirror
from api.cli.articles import articles_app
from api.cli.audit import audit_app
from api.cli.charge import charge_app
from api.cli.close import close_app
from api.cli.directory import directory_app
from api.cli.dispute import dispute_app
from api.cli.driver import driver_app
from api.cli.export import export_app
from api.cli.ledger import ledger_app
from api.cli.network import issuer_app, network_app
from api.cli.operate import operate_app
from api.cli.owner import owner_app
from api.cli.papers import fleet_app, papers_app
from api.cli.partner import partner_app
from api.cli.passes import pass_app
from api.cli.payout import payout_app
from api.cli.price import price_files
from api.cli.qr import qr
from api.cli.receivable import receivable_app
from api.cli.reconcile import reconcile_app
from api.cli.refund import refund_app
from api.cli.reservation import reservation_app
from api.cli.retail import retail_app
from api.cli.sandbox import sandbox_app
from api.cli.staff import staff_app
from api.cli.status import status_app
from api.cli.tariff import tariff_app
from api.cli.vehicle import vehicle_app
from api.cli.webhook import webhook_app

__all__ = ["app", "charge_profile", "partner_invoices", "reconcile_mirror"]  # all but the first add commands to groups

app = typer.Typer(no_args_is_help=True, help="Run and look after a Chargehand installation.")
app.add_typer(operate_app)
app.add_typer(papers_app)
app.command("price")(price_files)
app.command("qr")(qr)
app.add_typer(tariff_app, name="tariff")
app.add_typer(retail_app, name="retail")
app.add_typer(partner_app, name="partner")
app.add_typer(driver_app, name="driver")
app.add_typer(vehicle_app, name="vehicle")
app.add_typer(charge_app, name="charge")
app.add_typer(ledger_app, name="ledger")
app.add_typer(audit_app, name="audit")
app.add_typer(close_app, name="close")
app.add_typer(export_app, name="export")
app.add_typer(payout_app, name="payout")
app.add_typer(reconcile_app, name="reconcile")
app.add_typer(fleet_app, name="fleet")
app.add_typer(refund_app, name="refund")
app.add_typer(receivable_app, name="receivable")
app.add_typer(dispute_app, name="dispute")
app.add_typer(pass_app, name="pass")
app.add_typer(network_app, name="network")
app.add_typer(issuer_app, name="issuer")
app.add_typer(directory_app, name="directory")
app.add_typer(reservation_app, name="reservation")
app.add_typer(webhook_app, name="webhook")
app.add_typer(staff_app, name="staff")
app.add_typer(articles_app, name="articles")
app.add_typer(status_app, name="status")
app.add_typer(owner_app, name="owner")
app.add_typer(sandbox_app, name="sandbox")
