"""Countries as partners spell them: two and three letter codes, and the time zone most people there live in.

Lives here: a table of countries with public charging. Does not live here: the zone of a location, which the partner
should send; what is inferred from here is marked as assumed (ocpi.md 1.6).
"""

_TABLE = """
AD AND Europe/Andorra|AE ARE Asia/Dubai|AL ALB Europe/Tirane|AM ARM Asia/Yerevan|AR ARG America/Argentina/Buenos_Aires
AT AUT Europe/Vienna|AU AUS Australia/Sydney|AZ AZE Asia/Baku|BA BIH Europe/Sarajevo|BE BEL Europe/Brussels
BG BGR Europe/Sofia|BH BHR Asia/Bahrain|BR BRA America/Sao_Paulo|BY BLR Europe/Minsk|CA CAN America/Toronto
CH CHE Europe/Zurich|CL CHL America/Santiago|CN CHN Asia/Shanghai|CO COL America/Bogota|CR CRI America/Costa_Rica
CY CYP Asia/Nicosia|CZ CZE Europe/Prague|DE DEU Europe/Berlin|DK DNK Europe/Copenhagen|DO DOM America/Santo_Domingo
EC ECU America/Guayaquil|EE EST Europe/Tallinn|EG EGY Africa/Cairo|ES ESP Europe/Madrid|FI FIN Europe/Helsinki
FO FRO Atlantic/Faroe|FR FRA Europe/Paris|GB GBR Europe/London|GE GEO Asia/Tbilisi|GG GGY Europe/Guernsey
GI GIB Europe/Gibraltar|GL GRL America/Nuuk|GR GRC Europe/Athens|HK HKG Asia/Hong_Kong|HR HRV Europe/Zagreb
HU HUN Europe/Budapest|ID IDN Asia/Jakarta|IE IRL Europe/Dublin|IL ISR Asia/Jerusalem|IM IMN Europe/Isle_of_Man
IN IND Asia/Kolkata|IS ISL Atlantic/Reykjavik|IT ITA Europe/Rome|JE JEY Europe/Jersey|JO JOR Asia/Amman
JP JPN Asia/Tokyo|KE KEN Africa/Nairobi|KR KOR Asia/Seoul|KW KWT Asia/Kuwait|KZ KAZ Asia/Almaty|LI LIE Europe/Vaduz
LT LTU Europe/Vilnius|LU LUX Europe/Luxembourg|LV LVA Europe/Riga|MA MAR Africa/Casablanca|MC MCO Europe/Monaco
MD MDA Europe/Chisinau|ME MNE Europe/Podgorica|MK MKD Europe/Skopje|MT MLT Europe/Malta|MX MEX America/Mexico_City
MY MYS Asia/Kuala_Lumpur|NL NLD Europe/Amsterdam|NO NOR Europe/Oslo|NZ NZL Pacific/Auckland|OM OMN Asia/Muscat
PA PAN America/Panama|PE PER America/Lima|PH PHL Asia/Manila|PL POL Europe/Warsaw|PR PRI America/Puerto_Rico
PT PRT Europe/Lisbon|QA QAT Asia/Qatar|RO ROU Europe/Bucharest|RS SRB Europe/Belgrade|RU RUS Europe/Moscow
SA SAU Asia/Riyadh|SE SWE Europe/Stockholm|SG SGP Asia/Singapore|SI SVN Europe/Ljubljana|SK SVK Europe/Bratislava
SM SMR Europe/San_Marino|TH THA Asia/Bangkok|TN TUN Africa/Tunis|TR TUR Europe/Istanbul|TW TWN Asia/Taipei
UA UKR Europe/Kyiv|US USA America/New_York|UY URY America/Montevideo|VA VAT Europe/Vatican|VN VNM Asia/Ho_Chi_Minh
XK XKX Europe/Belgrade|ZA ZAF Africa/Johannesburg
"""

_ROWS = [tuple(row.split()) for line in _TABLE.split("\n") if line for row in line.split("|")]
_THREE = {two: three for two, three, _ in _ROWS}
_TWO = {three: two for two, three, _ in _ROWS}
_ZONE = {two: zone for two, _, zone in _ROWS}


def two_letters(code: str) -> str:
    """Return the ISO 3166 alpha-2 code, upper case; a code we do not know is returned as it is, in upper case."""
    upper = code.strip().upper()
    return _TWO.get(upper, upper)


def three_letters(code: str) -> str:
    """Return the ISO 3166 alpha-3 code, upper case; a code we do not know is returned as it is, in upper case."""
    upper = code.strip().upper()
    return _THREE.get(upper, upper)


def main_time_zone(code: str) -> str | None:
    """Return the zone in which most people of a country live, or None for a country we do not know."""
    return _ZONE.get(two_letters(code))
