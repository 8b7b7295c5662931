"""``chargehand articles``: what helps drivers, and how well it does."""

import typer

articles_app = typer.Typer(no_args_is_help=True, help="Articles that help drivers, and how well they do.")


@articles_app.command("load")
def articles_load() -> None:
    """Take over the product's own articles, as often as you like; what staff edited stays as it is."""
    from api.cli.world import console, run, world
    from api.services.knowledge.load import load_articles, own_articles

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            report = await load_articles(db=db, now=ports.clock.now(), articles=own_articles())
        counts = (len(report.added), len(report.changed), len(report.unchanged), len(report.kept))
        console.print("{} added, {} changed, {} unchanged, {} kept as staff wrote them".format(*counts))
        for slug in report.kept:
            console.print(f"  {slug}", markup=False)

    run(go())


@articles_app.command("figures")
def articles_figures(days: int = typer.Option(30, min=1, max=3650, help="Opened in so many days.")) -> None:
    """Print how often articles were opened, solved the matter, or led to a case."""
    from datetime import timedelta

    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.knowledge.figures import article_figures, total

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            rows = await article_figures(db=db, since=now - timedelta(days=days), until=now + timedelta(seconds=1))
        table = Table("article", "opened", "solved", "not solved", "went on", "said nothing", "deflection %")
        named = [(each.slug, each.figures) for each in rows]
        for name, each in (*named, ("all", total([figures for _, figures in named]))):
            counts = (each.opened, each.solved, each.unsolved, each.went_on, each.silent)
            table.add_row(name, *map(str, counts), str(each.deflection_percent or "-"))
        console.print(table)

    run(go())
