"""The demo's calls: ninety realistic days, the same from every seeding relative to its day.

What a call is (source, caller, length, outcome) comes from a fixed random seed; when it came depends on the day of
seeding. The ninety days are filled in blocks of whole weeks, so that weekends can be quiet while the last 7, 30 and 90
days contain the same calls on whichever weekday the demo is seeded.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.reported import NewCall

DAYS = 90
BLOCKS = ((0, 7), (7, 7), (14, 7), (21, 7), (28, 2), *((start, 7) for start in range(30, 86, 7)), (86, 4))
"""How many days before today each block ends, and how many days it has."""

WEEKDAYS = (1.12, 1.08, 1.05, 1.02, 0.98, 0.52, 0.34)
HOURS = (1, 1, 1, 1, 2, 5, 14, 30, 62, 88, 100, 96, 82, 86, 92, 88, 76, 58, 40, 28, 18, 10, 5, 2)
SHORT_S, LONGEST_S = 2, 3_540


@dataclass(frozen=True)
class DemoNumber:
    """A tracking number: its percentage of all calls, and the median duration of its calls."""

    number: str
    source: str
    share: float
    median_s: float
    spread: float = 0.9


@dataclass(frozen=True)
class Pest:
    """A nuisance caller with many short calls, and how many days ago they started."""

    number: str
    calls: int
    since_days: int


@dataclass(frozen=True)
class Unwanted:
    """A blocked caller: the entry's pattern and note, the calls it stopped, and how many days ago it was created.

    Without `callers`, it stops usual callers with a hidden number. `ends_days` is in how many days it expires.
    """

    pattern: str
    note: str
    since_days: int
    calls: int = 0
    callers: tuple[str, ...] = ()
    ends_days: int | None = None


@dataclass(frozen=True)
class Plan:
    """The parameters of a business's ninety days."""

    seed: int
    prefix: str
    calls_a_day: float
    growth: float
    lines: tuple[DemoNumber, ...]
    pests: tuple[Pest, ...]
    strangers: tuple[str, ...]
    unwanted: tuple[Unwanted, ...] = ()


def _fictional(*areas: int) -> tuple[str, ...]:
    """Return all numbers reserved for fiction in these area codes: 555-0100 to 555-0199."""
    return tuple(f"+1{area}555{n:04}" for area in areas for n in range(100, 200))


_AMERICANS = _fictional(
    201, 202, 203, 205, 206, 207, 208, 210, 212, 213, 214, 215, 216, 218, 224, 225, 229, 231, 234, 239, 240, 248, 251,
    252, 253, 256, 260, 267, 270, 276, 281, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317,
    319, 320, 321, 323, 330, 334, 336, 347, 352, 360, 361, 385, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412,
)  # fmt: skip
_LONDONERS = tuple(f"+4420794{n:05}" for n in range(60_000, 61_000))

NORTHWIND = Plan(
    seed=20260304,
    prefix="nw",
    calls_a_day=222.0,
    growth=0.10,
    lines=(
        DemoNumber("+12125550110", "Google Ads", 19, 104),
        DemoNumber("+18005550111", "Google Ads", 12, 96),
        DemoNumber("+12125550112", "Facebook Ads", 9, 66),
        DemoNumber("+12125550113", "Organic", 15, 128),
        DemoNumber("+16465550114", "Organic", 5, 118),
        DemoNumber("+18885550115", "Radio", 9, 78, 1.1),
        DemoNumber("+18885550116", "Radio", 4, 84, 1.1),
        DemoNumber("+19175550117", "Partner A", 11, 101, 0.45),
        DemoNumber("+19175550118", "Partner B", 8, 58),
        DemoNumber("+17185550119", "Direct Mail", 5, 92),
        DemoNumber("+17185550120", "Billboard", 3, 72),
    ),
    pests=(Pest("+13055550199", 176, 30), Pest("+17025550198", 121, 90), Pest("+14045550197", 64, 14)),
    strangers=(*_AMERICANS, *_LONDONERS[:60]),
    unwanted=(
        Unwanted("+14155550101", "Robocaller, hangs up after 2 s", 30, 61, ("+14155550101",)),
        Unwanted("+1808555*", "Sells listings, keeps changing numbers", 28, 48, _fictional(808)[:9]),
        Unwanted("anonymous", "Silent calls for a week", 7, ends_days=21),
        Unwanted("+16025550142", "Prize scam", 28, 22, ("+16025550142",)),
        Unwanted("+17735550118", "Wrong number, every morning", 30, 30, ("+17735550118",)),
        Unwanted("+15035550177", "Competitor's call center", 21, 17, ("+15035550177",), 9),
        Unwanted("+14695550163", "Fake warranty offers", 14, 12, ("+14695550163",)),
        Unwanted("+18135550109", "Threatened an agent", 30, 5, ("+18135550109",)),
        Unwanted("+16155550133", "", 21, 4, ("+16155550133",)),
        Unwanted("+15125550186", "Survey", 14, 3, ("+15125550186",), 30),
        Unwanted("+12065550191", "Calls every day", 7, 7, ("+12065550191",)),
        Unwanted("+15615550155", "Fax machine", 30, 9, ("+15615550155",)),
        Unwanted("+19165550128", "", 7, 2, ("+19165550128",), 2),
    ),
)
HARBOR = Plan(
    seed=20260305,
    prefix="hm",
    calls_a_day=2.0,
    growth=0.0,
    lines=(DemoNumber("+442079460010", "Website", 60, 120), DemoNumber("+442079460011", "Leaflets", 40, 80)),
    pests=(),
    strangers=_LONDONERS[100:],
)


@dataclass(frozen=True)
class _Drawn:
    """A call without its time yet: `day` and `hour` are its position within its block and its day, 0 to 1."""

    line: DemoNumber
    caller: str
    duration_s: int
    status: CallStatus
    day: float
    hour: float


def calls(plan: Plan, now: datetime, time_zone: str) -> list[NewCall]:
    """Return the calls of the ninety days until `now`, oldest first."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    dice = random.Random(plan.seed)  # noqa: S311 demo data, not a secret
    regulars = dice.sample(plan.strangers, len(plan.strangers) // 14)
    placed = []
    for block, drawn in zip(BLOCKS, _draw(plan, dice, regulars), strict=True):
        when = _Calendar(block, today, now, zone)
        placed += [(when.moment(call), call) for call in drawn]
    placed.sort(key=lambda pair: pair[0])
    return [
        NewCall(
            id=f"{plan.prefix}-{n:06}",
            caller=call.caller,
            dialled=call.line.number,
            started_at=moment,
            duration_s=call.duration_s,
            status=call.status,
            source=call.line.source,
        )
        for n, (moment, call) in enumerate(placed, 1)
    ]


def _draw(plan: Plan, dice: random.Random, regulars: Sequence[str]) -> Iterator[list[_Drawn]]:
    """Yield the calls of each block, newest block first."""
    popular = list(accumulate(1 / (n + 25) for n in range(len(regulars))))
    shares = list(accumulate(line.share for line in plan.lines))
    others = random.Random(plan.seed + 1)  # noqa: S311 so that the block list changes no other call
    for ago, length in BLOCKS:
        usual = plan.calls_a_day * length * (1 + plan.growth * (0.5 - ago / DAYS))
        block = []
        for _ in range(round(usual)):
            line = dice.choices(plan.lines, cum_weights=shares)[0]
            chance = dice.random()
            if chance < 0.03:
                caller = "anonymous"
            elif chance < 0.33:
                caller = dice.choices(regulars, cum_weights=popular)[0]
            else:
                caller = dice.choice(plan.strangers)
            hour = dice.random()
            status, duration_s = _outcome(line, dice)
            block.append(_Drawn(line, caller, duration_s, status, dice.random(), hour))
        for entry in plan.unwanted:
            reach = min(ago + length, entry.since_days) - ago
            for _ in range(round(entry.calls * max(0, reach) / entry.since_days)):
                line, caller = others.choice(plan.lines), others.choice(entry.callers)
                block.append(_Drawn(line, caller, 0, CallStatus.STOPPED, others.random(), others.uniform(0.1, 0.95)))
            if reach > 0 and not entry.callers:
                block = [
                    replace(call, duration_s=0, status=CallStatus.STOPPED) if call.caller == entry.pattern else call
                    for call in block
                ]
        for pest in plan.pests:
            reach = min(ago + length, pest.since_days) - ago
            for _ in range(round(pest.calls * max(0, reach) / pest.since_days)):
                line = dice.choice(plan.lines[:4])
                length_s = dice.randint(SHORT_S, 14)
                block.append(
                    _Drawn(line, pest.number, length_s, CallStatus.COMPLETED, dice.random(), dice.uniform(0.15, 0.9))
                )
        yield block


def _outcome(line: DemoNumber, dice: random.Random) -> tuple[CallStatus, int]:
    chance = dice.random()
    if chance < 0.12:
        return CallStatus.MISSED, 0
    if chance < 0.19:
        return CallStatus.VOICEMAIL, dice.randint(6, 75)
    length_s = round(line.median_s * dice.lognormvariate(0, line.spread))
    return CallStatus.COMPLETED, min(max(length_s, SHORT_S), LONGEST_S)


class _Calendar:
    """Assigns times to the calls of a block: quiet weekends, busy late mornings, nothing in the future."""

    def __init__(self, block: tuple[int, int], today: date, now: datetime, zone: ZoneInfo) -> None:
        ago, length = block
        self._zone = zone
        self._now = now
        self._hours = [0.0, *accumulate(hour / sum(HOURS) for hour in HOURS)]
        self._days = [today - timedelta(days=ago + n) for n in range(length)]
        self._so_far = self._passed(now.astimezone(zone).time())
        self._today = today
        weights = [WEEKDAYS[day.weekday()] * (self._so_far if day == today else 1.0) for day in self._days]
        self._edges = list(accumulate(weights))

    def moment(self, call: _Drawn) -> datetime:
        """Return when the call started, in UTC; it ended before now."""
        at = min(bisect_right(self._edges, call.day * self._edges[-1]), len(self._days) - 1)
        day = self._days[at]
        share = call.hour * (self._so_far if day == self._today else 1.0)
        hour = min(bisect_right(self._hours, share) - 1, len(HOURS) - 1)
        within = (share - self._hours[hour]) / (self._hours[hour + 1] - self._hours[hour])
        second = min(int((hour + within) * 3600), 86_399)
        local = datetime.combine(day, time(second // 3600, second // 60 % 60, second % 60), self._zone)
        over = self._now.replace(microsecond=0) - timedelta(seconds=call.duration_s)
        return min(local.astimezone(UTC), over)

    def _passed(self, clock: time) -> float:
        """Return which share of a day's calls has come in by this time of day."""
        part = (clock.minute * 60 + clock.second) / 3600
        return self._hours[clock.hour] + part * (self._hours[clock.hour + 1] - self._hours[clock.hour])
