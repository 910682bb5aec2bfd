"""The tickets of the demo: in every status, with threads and files, one waiting for the manager."""

import struct
import zlib
from dataclasses import dataclass

from settings_ui.domain.access import Role
from settings_ui.domain.tickets import Action, Category, Priority
from settings_ui.services.support.about import AboutKind

OWNER, ADMIN, MANAGER, STAFF = Role.OWNER, Role.ADMIN, Role.MANAGER, None
NORTHWIND, HARBOR = "Northwind Leads", "Harbor Media"


@dataclass(frozen=True)
class Step:
    """What a member, or STAFF, wrote or did, so many hours after the step before; files by name."""

    who: Role | None
    hours: float
    text: str = ""
    action: Action | None = None
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Story:
    """A ticket, and what became of it."""

    subject: str
    category: Category
    priority: Priority
    days_ago: float
    steps: tuple[Step, ...]
    home: str = NORTHWIND
    about: tuple[str, str] = ("", "")


def _picture(width: int, height: int) -> bytes:
    """Return a PNG of stripes: a picture that is as small as it is plain."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b"".join(b"\0" + bytes([90, 94, 240] if y // 12 % 2 else [232, 234, 240]) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


_INVOICE = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501
_LINES = b"caller,started_at,minutes\n+14155550132,2026-03-03 10:12,4\n+14155550132,2026-03-03 10:12,4\n"
_LOG = b"10:12:04 POST /api/v1/calls/screen 200 41 ms\n10:12:09 POST /api/v1/calls/screen 429 2 ms\n"

STORIES = (
    Story(
        "Toll-free minutes billed twice",
        Category.BILLING,
        Priority.HIGH,
        2.1,
        (
            Step(
                MANAGER,
                0,
                "On Tuesday the same call is on the usage list twice, with four minutes each.\n\n"
                "The list is attached, with the lines that I mean.",
                files=(("usage.csv", _LINES), ("usage.png", _picture(320, 160))),
            ),
            Step(STAFF, 3, "Thank you, Kim. We see both lines, and one of them looks like a retry of your platform."),
            Step(STAFF, 20, "Which call is it? Its id stands in the details of the call, in the call log."),
        ),
    ),
    Story(
        "Port a number from another carrier",
        Category.NUMBERS,
        Priority.NORMAL,
        1.2,
        (
            Step(
                OWNER, 0, "We want to bring (415) 555-0132 along. What do you need from us, and how long does it take?"
            ),
        ),
    ),
    Story(
        "Screening answers 429 at ten in the morning",
        Category.API,
        Priority.URGENT,
        0.2,
        (
            Step(
                ADMIN,
                0,
                "Since this morning one request in ten is refused. The log is attached.",
                files=(("screen.log", _LOG),),
            ),
        ),
    ),
    Story(
        "A caller with a hidden number",
        Category.CALLS,
        Priority.LOW,
        4,
        (
            Step(OWNER, 0, "Can we see who it is that calls without a number every night at two?"),
            Step(
                STAFF,
                9,
                "The network does not tell us. You can stop such calls: Settings → Blocked Callers → “Anonymous”.",
            ),
            Step(OWNER, 2, "That stops all of them. Is there something between?"),
        ),
    ),
    Story(
        "The invoice needs our new address",
        Category.BILLING,
        Priority.NORMAL,
        6,
        (
            Step(ADMIN, 0, "We have moved: 12 Harbor Street, Boston."),
            Step(
                STAFF,
                5,
                "Gladly. Does the old one stay on the invoices that were sent?",
                files=(("invoice.pdf", _INVOICE),),
            ),
        ),
    ),
    Story(
        "Time zone of reports",
        Category.CALLS,
        Priority.NORMAL,
        8,
        (
            Step(MANAGER, 0, "Our Monday begins on Sunday evening in the report."),
            Step(STAFF, 2, "The business was in UTC. Your owner can change it on the Business page."),
            Step(MANAGER, 0, action=Action.SOLVE),
        ),
    ),
    Story(
        "Second address for low-balance mails",
        Category.BILLING,
        Priority.LOW,
        12,
        (
            Step(OWNER, 0, "Can our bookkeeper get them too?"),
            Step(STAFF, 4, "Make her an admin: owners and admins get them."),
            Step(STAFF, 48, action=Action.SOLVE),
        ),
    ),
    Story(
        "Threshold of 90 seconds and old calls",
        Category.CALLS,
        Priority.NORMAL,
        15,
        (
            Step(MANAGER, 0, "Do calls of last month count anew when we change the threshold?"),
            Step(STAFF, 1, "Yes, at once. Each call also keeps the threshold that it was recorded under."),
            Step(MANAGER, 50, "Does that change what we have paid already?"),
            Step(STAFF, 2, "No. Reports can be read “as counted then”."),
            Step(MANAGER, 1, action=Action.SOLVE),
        ),
    ),
    Story(
        "Lost the key of the CRM",
        Category.API,
        Priority.HIGH,
        19,
        (
            Step(ADMIN, 0, "Nobody has written it down. Can you send it to us?"),
            Step(
                STAFF,
                0.5,
                "Nobody can: we keep only its digest. Rotate it in Settings → API Keys, with a day of grace.",
            ),
            Step(ADMIN, 1, action=Action.SOLVE),
        ),
        about=(AboutKind.KEY, "CRM sync"),
    ),
    Story(
        "Invite the new colleague",
        Category.ACCOUNT,
        Priority.NORMAL,
        31,
        (
            Step(OWNER, 0, "She has not got the mail."),
            Step(STAFF, 6, "It went to an address with a typing error. Send it again from the Business page."),
            Step(OWNER, 1, action=Action.CLOSE),
        ),
    ),
    Story(
        "Payout went to the old PayPal address",
        Category.PAYOUTS,
        Priority.HIGH,
        45,
        (
            Step(OWNER, 0, "Pat changed it on Friday, and the payout of Saturday went to the old one."),
            Step(
                STAFF,
                2,
                "A change is on hold for 72 hours, so that a thief cannot redirect a payout. It is in force now.",
            ),
            Step(STAFF, 100, action=Action.CLOSE),
        ),
    ),
    Story(
        "Calls from London show as unknown",
        Category.CALLS,
        Priority.NORMAL,
        0.6,
        (Step(OWNER, 0, "Since yesterday the source of our London line is empty."),),
        home=HARBOR,
    ),
    Story(
        "Pay Per Call for Harbor Media",
        Category.PAYOUTS,
        Priority.NORMAL,
        3,
        (
            Step(OWNER, 0, "What does it take to switch it on?"),
            Step(STAFF, 7, "It is an add-on of your plan. How many publishers will you pay?"),
        ),
        home=HARBOR,
    ),
)
