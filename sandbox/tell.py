"""How the demo speaks: a timeline with virtual local time, who acts, and a calm sentence."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

COLORS = {
    "sandbox": "bright_black",
    "partner": "cyan",
    "driver": "magenta",
    "price": "yellow",
    "card": "green",
    "charger": "blue",
    "finance": "bright_white",
}


class Teller:
    """Prints the story; every line carries the sandbox's time at the charger."""

    def __init__(self, time_zone: str) -> None:
        """Show times as the wall clock in ``time_zone`` does."""
        self.console = Console(highlight=False)
        self.zone = ZoneInfo(time_zone)

    def title(self, text: str, under: str) -> None:
        """Open the story."""
        self.console.print(Panel(f"[bold]{text}[/bold]\n[dim]{under}[/dim]", expand=False, border_style="dim"))

    def say(self, at: datetime, who: str, text: str) -> None:
        """Print one line of the timeline."""
        local = at.astimezone(self.zone)
        color = COLORS.get(who, "white")
        self.console.print(f"[dim]{local:%a %H:%M}[/dim]  [{color}]{who:<8}[/{color}] {text}", soft_wrap=True)

    def more(self, text: str) -> None:
        """Print a line that belongs to the one before."""
        self.console.print(f"{'':>20}[dim]{text}[/dim]", soft_wrap=True)

    def table(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Print a small two-column table."""
        table = Table(title=title, show_header=False, title_justify="left", border_style="dim")
        table.add_column(style="dim")
        table.add_column(justify="right")
        for left, right in rows:
            table.add_row(left, right)
        self.console.print(table)

    def verdict(self, *, good: bool, text: str) -> None:
        """Print the proof line."""
        color = "green" if good else "red"
        mark = "HOLDS" if good else "DOES NOT HOLD"
        self.console.print(f"[bold {color}]The promise {mark}:[/bold {color}] {text}", soft_wrap=True)


def amount(money: dict[str, object] | None) -> str:
    """Return an amount of the API for people, for example ``6.16 EUR``; unknown stays unknown."""
    if not money:
        return "price unknown"
    return cents(int(str(money["amount_minor"])), str(money["currency"]))


def cents(minor: int, currency: str) -> str:
    """Return minor units of a two-decimal currency for people."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d} {currency}"
