"""The valid time zones, regions and currencies of a business."""

import zoneinfo
from functools import cache

import phonenumbers

from settings_ui.domain.errors import Invalid

CURRENCIES = ("USD", "AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SEK")
"""The currencies that a balance can have; all have cents."""


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of all places in the time zone database, sorted, UTC first."""
    places = {name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "posix"))}
    return ("UTC", *sorted(places))


@cache
def regions() -> tuple[str, ...]:
    """Return the two-letter codes of regions that have phone numbers, sorted."""
    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


def region_label(region: str) -> str:
    """Return the label of a region, like "United States (US, +1)"."""
    from phonenumbers.geodata.locale import LOCALE_DATA  # a large import that only a build needs

    names = LOCALE_DATA.get(region, {})
    name = names.get("en", region)
    name = names[name[1:]] if name.startswith("*") else name  # "*aa" refers to the name in "aa"
    return f"{name} ({region}, +{phonenumbers.country_code_for_region(region)})"


def parse_time_zone(text: str, *, field: str) -> str:
    """Return the name of a time zone; raise Invalid at `field`."""
    given = text.strip()
    if given not in time_zones():
        raise Invalid("Choose a time zone from the list, like Europe/Berlin.", field=field)
    return given


def parse_region(text: str, *, field: str) -> str:
    """Return a region that has phone numbers, as two capital letters; raise Invalid at `field`."""
    given = text.strip().upper()
    if given not in regions():
        raise Invalid("Choose a region from the list, like US.", field=field)
    return given


def parse_currency(text: str, *, field: str) -> str:
    """Return a currency that a balance can have; raise Invalid at `field`."""
    given = text.strip().upper()
    if given not in CURRENCIES:
        raise Invalid("Choose a currency from the list, like USD.", field=field)
    return given
