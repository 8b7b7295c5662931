"""The words of a Norwegian page of contacts: regions, countries, languages, days, and what it says of calls."""

from api.domain.support.countries import Region

REGIONS = {
    "europa": Region.EUROPE,
    "nord-amerika": Region.NORTH_AMERICA,
    "asia-stillehavsregionen": Region.ASIA_PACIFIC,
}
COUNTRIES = {
    "australia": "AU", "belgia": "BE", "bulgaria": "BG", "canada": "CA", "danmark": "DK", "estland": "EE",
    "finland": "FI", "frankrike": "FR", "hellas": "GR", "irland": "IE", "island": "IS", "italia": "IT",
    "kroatia": "HR", "latvia": "LV", "litauen": "LT", "luxembourg": "LU", "malta": "MT", "nederland": "NL",
    "new zealand": "NZ", "norge": "NO", "polen": "PL", "portugal": "PT", "romania": "RO", "slovakia": "SK",
    "slovenia": "SI", "spania": "ES", "storbritannia": "GB", "sveits": "CH", "sverige": "SE", "tsjekkia": "CZ",
    "tyskland": "DE", "ungarn": "HU", "usa": "US", "østerrike": "AT",
}  # fmt: skip
LANGUAGES = {
    "dansk": "da", "engelsk": "en", "finsk": "fi", "fransk": "fr", "italiensk": "it", "nederlandsk": "nl",
    "norsk": "nb", "polsk": "pl", "portugisisk": "pt", "spansk": "es", "svensk": "sv", "tsjekkisk": "cs", "tysk": "de",
    "ungarsk": "hu",
}  # fmt: skip
DAYS = {"man": "mon", "tir": "tue", "ons": "wed", "tor": "thu", "fre": "fri", "lør": "sat", "søn": "sun"}
PRODUCTS = {
    "be.energised": "be_energised",
    "viriciti": "viriciti",
    "telematics": "viriciti",
    "home flex": "home_flex",
}
"""Products and former brands by how pages name them; one product may have two names."""
DRIVER, OWNER = "elbilsjåfør", "stasjonseier"
AROUND_THE_CLOCK, OUTSIDE, ONLY, AND, IN = "døgnåpent", "utenfor dette tidsrommet", "bare", "og", "på"
FEE, FREE_OF_CHARGE = "gebyr", "tollfri"
