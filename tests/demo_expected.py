"""What a freshly seeded demo contains. Run `python -m tests.demo_expected` to regenerate it after changing the demo."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.reported import NewCall
from settings_ui.services.demo import calls as demo_calls
from settings_ui.services.demo import seeding as demo
from tests.support import START

FILE = Path(__file__).parent / "data" / "demo_expected.json"
PLANS = {
    demo.NORTHWIND: (demo_calls.NORTHWIND, "America/New_York"),
    demo.HARBOR: (demo_calls.HARBOR, "Europe/London"),
}


def counted(calls: list[NewCall], zone: ZoneInfo, today: date) -> dict[str, Any]:
    """Return the expected figures of a business: totals, thresholds and sources of the last 7, 30 and 90 days."""
    found: dict[str, Any] = {}
    for days in (7, 30, 90):
        within = [call for call in calls if (today - call.started_at.astimezone(zone).date()).days < days]
        completed = [call for call in within if call.status is CallStatus.COMPLETED]
        found[f"last {days} days"] = {
            "calls": len(within),
            **{status.value: sum(call.status is status for call in within) for status in CallStatus},
            "qualified at": {
                str(at): sum(call.duration_s >= at for call in completed) for at in (30, 60, 89, 90, 91, 120)
            },
            "by source": {
                source: {
                    "calls": sum(call.source == source for call in within),
                    "completed": sum(call.source == source for call in completed),
                    "qualified": sum(call.source == source and call.duration_s >= 90 for call in completed),
                }
                for source in sorted({call.source for call in within})
            },
            "callers": len({call.caller for call in within}),
            "anonymous": sum(call.caller == "anonymous" for call in within),
        }
    return found


def write() -> None:
    """Write the expected figures of a demo seeded on the first test day."""
    expected = {}
    for name, (plan, time_zone) in PLANS.items():
        zone = ZoneInfo(time_zone)
        expected[name] = counted(demo_calls.calls(plan, START, time_zone), zone, START.astimezone(zone).date())
    FILE.write_text(json.dumps(expected, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
