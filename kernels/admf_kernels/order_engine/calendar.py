"""Local days, weeks and months of bars, from their time and their clock."""

from ..compilation import kernel

_NS_PER_DAY = 86_400_000_000_000
#: Local midnight is at UTC 13 hours before to 10 hours 59 minutes after the midnight of its date, but for two zones
#: (UTC-11 and UTC-12) in the Pacific.
_EASTERNMOST = 13 * 3_600_000_000_000
#: Days from 0000-03-01 to 1970-01-01, and in 400 years.
_EPOCH = 719_468
_ERA = 146_097


@kernel
def local_day(time, clock):
    """Number of the local date, 0 being 1970-01-01; ``time`` in ns since the epoch, ``clock`` in ns since midnight."""
    return (time - clock + _EASTERNMOST) // _NS_PER_DAY


@kernel
def week_number(day):
    """Number of the week, from Monday to Sunday, that a local day is in."""
    return (day + 3) // 7


@kernel
def month_number(day):
    """Number of the month that a local day is in, by Howard Hinnant's "civil_from_days"."""
    shifted = day + _EPOCH
    era = shifted // _ERA
    of_era = shifted - era * _ERA
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * of_year + 2) // 153
    return (year_of_era + era * 400) * 12 + march_month
