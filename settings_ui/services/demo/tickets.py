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
    """One action of a member or of STAFF, so many hours after the previous step; files by name."""

    who: Role | None
    hours: float
    text: str = ""
    action: Action | None = None
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Story:
    """A ticket and its history."""

    subject: str
    category: Category
    priority: Priority
    days_ago: float
    steps: tuple[Step, ...]
    home: str = NORTHWIND
    about: tuple[str, str] = ("", "")


def _picture(width: int, height: int) -> bytes:
    """Return a small PNG of stripes."""

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
                "The usage list for Tuesday shows the same call twice, four minutes each time.\n\n"
                "I have attached the list and a screenshot of the two lines.",
                files=(("usage.csv", _LINES), ("usage.png", _picture(320, 160))),
            ),
            Step(STAFF, 3, "Thank you, Kim. We see both lines. One of them looks like a retry from your platform."),
            Step(STAFF, 20, "Which call is it? You can find its ID in the call log: open the call’s details."),
        ),
    ),
    Story(
        "Port a number from another carrier",
        Category.NUMBERS,
        Priority.NORMAL,
        1.2,
        (Step(OWNER, 0, "We want to port (415) 555-0132. What do you need from us, and how long does it take?"),),
    ),
    Story(
        "Screening returns 429 at 10 a.m.",
        Category.API,
        Priority.URGENT,
        0.2,
        (
            Step(
                ADMIN,
                0,
                "One request in ten has been refused since this morning. I have attached the log.",
                files=(("screen.log", _LOG),),
            ),
        ),
    ),
    Story(
        "Caller with a hidden number",
        Category.CALLS,
        Priority.LOW,
        4,
        (
            Step(OWNER, 0, "Someone with a hidden number calls every night at 2 a.m. Can we see who it is?"),
            Step(
                STAFF,
                9,
                "The network does not tell us. To stop such calls, block “anonymous” in Settings → Blocked Callers.",
            ),
            Step(OWNER, 2, "That would stop all hidden numbers. Is there anything in between?"),
        ),
    ),
    Story(
        "New address on our invoices",
        Category.BILLING,
        Priority.NORMAL,
        6,
        (
            Step(ADMIN, 0, "We have moved: 12 Harbor Street, Boston."),
            Step(
                STAFF,
                5,
                "Done. Should invoices that were already sent keep the old address?",
                files=(("invoice.pdf", _INVOICE),),
            ),
        ),
    ),
    Story(
        "Wrong time zone in reports",
        Category.CALLS,
        Priority.NORMAL,
        8,
        (
            Step(MANAGER, 0, "In the report, our Monday starts on Sunday evening."),
            Step(STAFF, 2, "Your business is set to UTC. The owner can change it on the Business page."),
            Step(MANAGER, 0, action=Action.SOLVE),
        ),
    ),
    Story(
        "Second recipient for low-balance emails",
        Category.BILLING,
        Priority.LOW,
        12,
        (
            Step(OWNER, 0, "Can our bookkeeper get these emails too?"),
            Step(STAFF, 4, "Yes, if you make her an admin: owners and admins get them."),
            Step(STAFF, 48, action=Action.SOLVE),
        ),
    ),
    Story(
        "Does a new threshold apply to old calls?",
        Category.CALLS,
        Priority.NORMAL,
        15,
        (
            Step(MANAGER, 0, "If we change the threshold, are last month’s calls counted again?"),
            Step(
                STAFF, 1, "Yes, immediately. Each call also keeps the threshold that was in force when it was recorded."
            ),
            Step(MANAGER, 50, "Does that change what we already paid publishers?"),
            Step(STAFF, 2, "No. Reports can be read “as counted then”."),
            Step(MANAGER, 1, action=Action.SOLVE),
        ),
    ),
    Story(
        "Lost the API key for our CRM",
        Category.API,
        Priority.HIGH,
        19,
        (
            Step(ADMIN, 0, "Nobody saved it. Can you send it to us?"),
            Step(
                STAFF,
                0.5,
                "We cannot: we store only a hash of it. Rotate it in Settings → API Keys, with a day of grace.",
            ),
            Step(ADMIN, 1, action=Action.SOLVE),
        ),
        about=(AboutKind.KEY, "CRM sync"),
    ),
    Story(
        "Invitation not received",
        Category.ACCOUNT,
        Priority.NORMAL,
        31,
        (
            Step(OWNER, 0, "Our new colleague has not received the invitation email."),
            Step(STAFF, 6, "There was a typo in her address. Withdraw it on the Business page and invite her again."),
            Step(OWNER, 1, action=Action.CLOSE),
        ),
    ),
    Story(
        "Payout went to the old PayPal address",
        Category.PAYOUTS,
        Priority.HIGH,
        45,
        (
            Step(OWNER, 0, "Pat changed the address on Friday, but Saturday’s payout went to the old one."),
            Step(
                STAFF,
                2,
                "Changes are on hold for 72 hours, so that a thief cannot redirect a payout. It is in force now.",
            ),
            Step(STAFF, 100, action=Action.CLOSE),
        ),
    ),
    Story(
        "Calls from London show as unknown",
        Category.CALLS,
        Priority.NORMAL,
        0.6,
        (Step(OWNER, 0, "Since yesterday, calls to our London number have no source."),),
        home=HARBOR,
    ),
    Story(
        "Pay Per Call for Harbor Media",
        Category.PAYOUTS,
        Priority.NORMAL,
        3,
        (
            Step(OWNER, 0, "How do we turn it on?"),
            Step(
                STAFF, 7, "It is an add-on for your plan, under Settings → Billing. How many publishers will you pay?"
            ),
        ),
        home=HARBOR,
    ),
)
