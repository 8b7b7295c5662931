"""`chargehand partner pull`: a bar while it runs, and what came of it."""

from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from api.cli.world import console
from api.ports import Ports
from api.services.charging.pull import observe_pulled_evses
from api.services.roaming.locations import pull_locations
from api.services.roaming.pull_tariffs import pull_tariffs
from api.services.roaming.pulling import PullReport, Watch
from api.services.work import Work


async def pull_partner(work: Work, ports: Ports, partner_id: str) -> None:
    """Pull a partner's whole lists of tariffs and locations; a pull that broke off before goes on from its page."""

    async def tell(evse_keys: Sequence[str]) -> None:
        await observe_pulled_evses(work=work, ports=ports, partner_id=partner_id, evse_keys=evse_keys)

    now = ports.clock.now()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    reports: dict[str, PullReport] = {}
    with Progress(*columns, TimeRemainingColumn(), console=console) as bars:
        reports["tariffs"] = await pull_tariffs(
            work=work, ports=ports, now=now, partner_id=partner_id, whole=True, watch=_shown_on(bars, "tariffs")
        )
        reports["locations"] = await pull_locations(
            work=work,
            ports=ports,
            now=now,
            partner_id=partner_id,
            whole=True,
            tell=tell,
            watch=_shown_on(bars, "locations"),
        )
    for name, report in reports.items():
        _say(name, report)


def _shown_on(bars: Progress, name: str) -> Watch:
    """Return what moves a bar on."""
    bar = bars.add_task(name, total=None)

    def watch(report: PullReport) -> None:
        done = report.stored + report.problem_count
        bars.update(bar, completed=done, total=max(report.total, done) if report.total is not None else None)

    return watch


def _say(name: str, report: PullReport) -> None:
    """Print what a pull brought."""
    resumed = " (went on with a pull that had broken off)" if report.resumed else ""
    console.print(f"{name}: {report.stored} stored, {report.removed} removed, {report.problem_count} problems{resumed}")
    for problem in report.problems:
        console.print(f"  {problem}", markup=False)
    if report.problem_count > len(report.problems):
        console.print(f"  and {report.problem_count - len(report.problems)} more")
