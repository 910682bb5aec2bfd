"""What goes in and out, as the contract has it. Strict: nothing is turned into another type, nothing unknown passes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from settings_ui.domain.phone import MOST_LENGTH
from settings_ui.domain.qualification import LEAST_THRESHOLD_S, MOST_DURATION_S, MOST_THRESHOLD_S
from settings_ui.http.api.values import Day, DayOrMoment, Moment, Visible, Whole, Word, YesNo
from settings_ui.models.blocked_caller import NOTE_LENGTH
from settings_ui.models.call import PLATFORM_ID_LENGTH, SOURCE_LENGTH
from settings_ui.services.blocked_callers.service import MOST_AT_ONCE
from settings_ui.services.calls.log import MOST, PAGE

Status = Literal["completed", "missed", "voicemail", "stopped"]
Access = Literal["full", "read_only", "screening"]
A_NUMBER = "In E.164 (`+14155550132`), or as it is written in the country of the business."
A_CALLER = f"{A_NUMBER} Empty, `anonymous` and what networks send for it mean a hidden number."

A_PATTERN = (
    "1 to 1,000 numbers, each in E.164 or as it is written in the country of the business; a beginning followed by "
    "`*` for all that begin alike (country code and three digits at least); or `anonymous`."
)
TO_BLOCK = ["+14155550132", "+1 415 555*", "anonymous"]


class Strict(BaseModel):
    """What all of them share."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class KeyOut(Strict):
    """The key that asks."""

    name: str = Field(examples=["Call platform"])
    access: Access = Field(examples=["full"])


class BusinessOut(Strict):
    """The business that the key belongs to."""

    id: str = Field(examples=["biz_mfzwizlboqqgk3tpojuw4zlt"])
    name: str = Field(examples=["Northwind Leads"])
    time_zone: str = Field(
        description="Days of reports and filters are days of this zone.", examples=["America/New_York"]
    )
    threshold_s: int = Field(description="A completed call of so many seconds or more is qualified.", examples=[90])
    key: KeyOut


class ScreenIn(Strict):
    """A call that is ringing."""

    from_: str = Field(alias="from", max_length=MOST_LENGTH, description=A_CALLER, examples=["+14155550132"])
    to: str = Field(min_length=1, max_length=MOST_LENGTH, description=A_NUMBER, examples=["+12125550100"])
    id: Visible | None = Field(
        None,
        min_length=1,
        max_length=PLATFORM_ID_LENGTH,
        description="Your id of the call. Give the same one when you record it, and both are one call.",
        examples=["call-8812"],
    )


class ScreenOut(Strict):
    """Whether to connect it."""

    action: Literal["allow", "block"] = Field(examples=["allow"])
    blocked_caller_id: str | None = Field(description="The entry that stops it.", examples=[None])


class CallIn(Strict):
    """A finished call."""

    id: str = Field(
        min_length=1,
        max_length=PLATFORM_ID_LENGTH,
        description="Your id of the call, unique in the business.",
        examples=["call-8812"],
    )
    from_: str = Field(alias="from", max_length=MOST_LENGTH, description=A_CALLER, examples=["+14155550132"])
    to: str = Field(min_length=1, max_length=MOST_LENGTH, description=A_NUMBER, examples=["+12125550100"])
    source: str | None = Field(
        None,
        max_length=SOURCE_LENGTH,
        description="Left out, it is what the tracking number `to` stands for.",
        examples=["Google Ads"],
    )
    started_at: Moment = Field(
        description="From 2000 on, and not more than a day ahead.", examples=["2026-03-04T12:00:00Z"]
    )
    duration_s: int = Field(ge=0, le=MOST_DURATION_S, description="Whole seconds.", examples=[134])
    status: Status = Field(description="How it ended.", examples=["completed"])


class CallOut(Strict):
    """A call."""

    id: str = Field(examples=["call-8812"])
    from_: str = Field(alias="from", description="In E.164, or `anonymous`.", examples=["+14155550132"])
    to: str = Field(examples=["+12125550100"])
    source: str = Field(examples=["Google Ads"])
    started_at: datetime = Field(examples=["2026-03-04T12:00:00Z"])
    duration_s: int = Field(examples=[134])
    status: Status = Field(examples=["completed"])
    qualified: bool = Field(description="At the threshold in force now.", examples=[True])
    qualified_then: bool = Field(description="At the threshold in force when it was recorded.", examples=[True])
    reason: str = Field(description="Why it is qualified or not.", examples=["134 s, at or above the 90 s threshold"])
    blocked_caller_id: str | None = Field(description="The entry that stopped it.", examples=[None])


class CallQuery(Strict):
    """Which calls."""

    from_: DayOrMoment | None = Field(
        None,
        alias="from",
        description="From this day on, or from this time on (inclusive). A day is one of the business's time zone.",
        examples=["2026-03-01"],
    )
    to: DayOrMoment | None = Field(
        None,
        description="Until the end of this day (inclusive), or before this time (exclusive).",
        examples=["2026-03-31"],
    )
    qualified: YesNo | None = Field(None, description="At the threshold in force now.", examples=[True])
    source: Word | None = Field(None, min_length=1, max_length=SOURCE_LENGTH, examples=["Google Ads"])
    min_duration: Whole | None = Field(None, ge=0, le=MOST_DURATION_S, description="Seconds.", examples=[60])
    limit: Whole = Field(PAGE, ge=1, le=MOST, description="Calls a page.")
    cursor: Word | None = Field(None, min_length=1, max_length=500, description="`next_cursor` of the page before.")


class ReportQuery(Strict):
    """Which report. Without `to` it goes until today, without `from` it has 30 days; 366 at most."""

    from_: Day | None = Field(
        None, alias="from", description="The first day, in the business's time zone.", examples=["2026-03-01"]
    )
    to: Day | None = Field(None, description="The last day (inclusive).", examples=["2026-03-31"])
    group_by: Literal["day", "source"] = Field("day", description="What a line stands for.")
    threshold: Whole | None = Field(
        None,
        ge=LEAST_THRESHOLD_S,
        le=MOST_THRESHOLD_S,
        description="Asks what would qualify at so many seconds. Not together with `basis=then`.",
        examples=[120],
    )
    basis: Literal["now", "then"] = Field(
        "now",
        description="The threshold in force now, or the one that was in force when each call was recorded.",
    )


class ReportLine(Strict):
    """A day or a source."""

    key: str = Field(description="The day, or the source.", examples=["2026-03-04"])
    calls: int = Field(examples=[218])
    completed: int = Field(examples=[161])
    qualified: int = Field(examples=[94])
    rate: float | None = Field(
        description="Qualified ÷ completed; null if none was completed.", examples=[0.5838509316770186]
    )
    stopped: int = Field(description="Calls that a blocked caller made and that were refused.", examples=[3])


class NumberIn(Strict):
    """A tracking number to add."""

    number: str = Field(min_length=1, max_length=MOST_LENGTH, description=A_NUMBER, examples=["+12125550100"])
    source: str = Field(
        min_length=1, max_length=SOURCE_LENGTH, description="What it stands for.", examples=["Google Ads"]
    )


class NumberOut(Strict):
    """A tracking number."""

    id: str = Field(examples=["num_nfxgk3dmmfqw42loebxgc3lf"])
    number: str = Field(examples=["+12125550100"])
    source: str = Field(examples=["Google Ads"])
    since: datetime = Field(examples=["2026-01-15T09:30:00Z"])


class PageQuery(Strict):
    """Which page."""

    limit: Whole = Field(PAGE, ge=1, le=MOST, description="How many a page.")
    cursor: Word | None = Field(None, min_length=1, max_length=64, description="`next_cursor` of the page before.")


class BlockIn(Strict):
    """Whom to block."""

    numbers: list[str] = Field(min_length=1, max_length=MOST_AT_ONCE, description=A_PATTERN, examples=[TO_BLOCK])
    note: str | None = Field(None, max_length=NOTE_LENGTH, description="Why, for all of them.", examples=["Spam"])
    until: Moment | None = Field(
        None,
        description="When they end by themselves: in the future, and within ten years. Left out, they do not.",
        examples=["2026-06-30T00:00:00Z"],
    )


class BlockedOut(Strict):
    """An entry of the list."""

    id: str = Field(examples=["blk_nvswk5djnzts4y3pnvzsa2lf"])
    number: str = Field(
        description="In E.164, its beginning followed by `*`, or `anonymous`.", examples=["+14155550132"]
    )
    note: str = Field(examples=["Spam"])
    until: datetime | None = Field(description="When it ends by itself; null if never.", examples=[None])
    created_at: datetime = Field(examples=["2026-01-15T09:30:00Z"])
    stopped: int = Field(
        description="Calls that it stopped in the last 30 days: today and the 29 days before.", examples=[12]
    )
    last_stopped_at: datetime | None = Field(examples=["2026-03-04T12:00:00Z"])


class BlockResult(Strict):
    """What became of one of the numbers."""

    input: str = Field(description="As you sent it.", examples=["+1 415 555*"])
    number: str | None = Field(description="As it is kept; null if it is invalid.", examples=["+1415555*"])
    id: str | None = Field(description="The entry; null if it is invalid.", examples=["blk_nvswk5djnzts4y3pnvzsa2lf"])
    result: Literal["blocked", "already_blocked", "invalid"] = Field(examples=["blocked"])
    message: Annotated[str, WithJsonSchema({"type": "string"})] = Field(
        "", description="Only where there is something to say, like how to mend an invalid one."
    )


class BusinessAnswer(Strict):
    """A business in its envelope."""

    data: BusinessOut


class ScreenAnswer(Strict):
    """A decision in its envelope."""

    data: ScreenOut


class CallAnswer(Strict):
    """A call in its envelope."""

    data: CallOut


class NumberAnswer(Strict):
    """A number in its envelope."""

    data: NumberOut


class BlockedAnswer(Strict):
    """An entry in its envelope."""

    data: BlockedOut


class BlockAnswer(Strict):
    """What became of each number, in the order in which they were sent."""

    data: list[BlockResult]


class BlockedPage(Strict):
    """A page of the list, newest first."""

    data: list[BlockedOut]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null at the end.", examples=[None])


class CallPage(Strict):
    """A page of calls, newest first."""

    data: list[CallOut]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null at the end.", examples=[None])


class NumberPage(Strict):
    """A page of numbers, by source."""

    data: list[NumberOut]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null at the end.", examples=[None])


class ReportAnswer(Strict):
    """A report: always whole."""

    data: list[ReportLine]
    next_cursor: None = Field(description="Always null: a report is one page.")
