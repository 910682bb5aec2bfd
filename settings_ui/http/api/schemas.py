"""Request and response bodies, as in the contract. Strict: no type conversion, and no unknown fields in requests."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from settings_ui.domain.block_pattern import NOTE_LENGTH
from settings_ui.domain.phone import MOST_LENGTH, MOST_SENT
from settings_ui.domain.qualification import MOST_DURATION_S
from settings_ui.http.api.values import CallerNumber, CallId, Integral, Moment, Name, Number, Visible, Word
from settings_ui.models.call import PLATFORM_ID_LENGTH, SOURCE_LENGTH
from settings_ui.services.blocked_callers.service import MOST_AT_ONCE

Status = Literal["completed", "missed", "voicemail", "stopped"]
Access = Literal["full", "read_only", "screening"]
A_NUMBER = "In E.164 (`+14155550132`), as written in the country of the business, or a SIP address of either."
A_CALLER = (
    f"{A_NUMBER} Empty, `anonymous` and the values that networks send for it mean a hidden number. Anything else, "
    "like a short code or a forged number, is kept as the network sent it."
)

A_PATTERN = (
    "1 to 1,000 numbers, each in E.164 or as written in the country of the business; a prefix followed by "
    "`*` (at least the country code and three digits); or `anonymous`."
)
TO_BLOCK = ["+14155550132", "+1 415 555*", "anonymous"]


class Strict(BaseModel):
    """The base of all bodies."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Sent(Strict):
    """The base of all answers. Fields may be added to them, so the document does not rule out others."""

    model_config = ConfigDict(json_schema_extra=lambda schema: schema.pop("additionalProperties"))


class KeyOut(Sent):
    """The key used for the request."""

    name: str = Field(examples=["Call platform"])
    access: Access = Field(examples=["full"])


class BusinessOut(Sent):
    """The business that the key belongs to."""

    id: str = Field(examples=["biz_mfzwizlboqqgk3tpojuw4zlt"])
    name: str = Field(examples=["Northwind Leads"])
    time_zone: str = Field(
        description="Days in reports and filters are in this time zone.", examples=["America/New_York"]
    )
    threshold_s: int = Field(description="A completed call of this many seconds or more is qualified.", examples=[90])
    key: KeyOut


class ScreenIn(Strict):
    """A call that is ringing."""

    from_: CallerNumber = Field(alias="from", max_length=MOST_SENT, description=A_CALLER, examples=["+14155550132"])
    to: Number = Field(min_length=1, max_length=MOST_LENGTH, description=A_NUMBER, examples=["+12125550100"])
    id: CallId | None = Field(
        None,
        min_length=1,
        max_length=PLATFORM_ID_LENGTH,
        description="Your id of the call. Use the same id when you record the call, so that both count as one.",
        examples=["call-8812"],
    )


class ScreenOut(Sent):
    """Whether to connect the call."""

    action: Literal["allow", "block"] = Field(examples=["allow"])
    blocked_caller_id: str | None = Field(description="The entry that stops it.", examples=[None])
    balance: Literal["ok", "exhausted"] = Field(
        description="Whether there are funds. Calls still go through without them.", examples=["ok"]
    )


class CallIn(Strict):
    """A finished call."""

    id: CallId = Field(
        min_length=1,
        max_length=PLATFORM_ID_LENGTH,
        description="Your id of the call, unique in the business.",
        examples=["call-8812"],
    )
    from_: CallerNumber = Field(alias="from", max_length=MOST_SENT, description=A_CALLER, examples=["+14155550132"])
    to: Number = Field(min_length=1, max_length=MOST_LENGTH, description=A_NUMBER, examples=["+12125550100"])
    source: Visible | None = Field(
        None,
        max_length=SOURCE_LENGTH,
        description="If left out, the source of the tracking number `to`.",
        examples=["Google Ads"],
    )
    started_at: Moment = Field(description="Between 2000 and one day from now.", examples=["2026-03-04T12:00:00Z"])
    duration_s: Annotated[int, Field(ge=0, le=MOST_DURATION_S), Integral] = Field(
        description="Whole seconds.", examples=[134]
    )
    status: Status = Field(description="How it ended.", examples=["completed"])


class CallOut(Sent):
    """A call."""

    id: str = Field(examples=["call-8812"])
    from_: str = Field(
        alias="from", description="In E.164, `anonymous`, or as the network sent it.", examples=["+14155550132"]
    )
    to: str = Field(examples=["+12125550100"])
    source: str = Field(examples=["Google Ads"])
    started_at: datetime = Field(examples=["2026-03-04T12:00:00Z"])
    duration_s: int = Field(examples=[134])
    status: Status = Field(examples=["completed"])
    qualified: bool = Field(description="At the threshold in force now.", examples=[True])
    qualified_then: bool = Field(description="At the threshold in force when it was recorded.", examples=[True])
    reason: str = Field(description="Why it is qualified or not.", examples=["134 s, at or above the 90 s threshold"])
    blocked_caller_id: str | None = Field(description="The entry that stopped it.", examples=[None])


class ReportLine(Sent):
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

    number: Number = Field(min_length=1, max_length=MOST_LENGTH, description=A_NUMBER, examples=["+12125550100"])
    source: Name = Field(
        min_length=1, max_length=SOURCE_LENGTH, description="What it stands for.", examples=["Google Ads"]
    )


class NumberOut(Sent):
    """A tracking number."""

    id: str = Field(examples=["num_nfxgk3dmmfqw42loebxgc3lf"])
    number: str = Field(examples=["+12125550100"])
    source: str = Field(examples=["Google Ads"])
    since: datetime = Field(examples=["2026-01-15T09:30:00Z"])


class BlockIn(Strict):
    """The numbers to block."""

    numbers: list[Word] = Field(min_length=1, max_length=MOST_AT_ONCE, description=A_PATTERN, examples=[TO_BLOCK])
    note: Visible | None = Field(
        None, max_length=NOTE_LENGTH, description="The reason, for all of them.", examples=["Spam"]
    )
    until: Moment | None = Field(
        None,
        description="When the block ends: in the future, within ten years. If left out, it does not end.",
        examples=["2026-06-30T00:00:00Z"],
    )


class BlockedOut(Sent):
    """An entry of the block list."""

    id: str = Field(examples=["blk_nvswk5djnzts4y3pnvzsa2lf"])
    number: str = Field(description="In E.164, a prefix followed by `*`, or `anonymous`.", examples=["+14155550132"])
    note: str = Field(examples=["Spam"])
    until: datetime | None = Field(description="When the block ends; null if it does not.", examples=[None])
    created_at: datetime = Field(examples=["2026-01-15T09:30:00Z"])
    stopped: int = Field(
        description="Calls that it stopped in the last 30 days: today and the 29 days before.", examples=[12]
    )
    last_stopped_at: datetime | None = Field(examples=["2026-03-04T12:00:00Z"])


class OnTheList(Sent):
    """A number that is on the block list now."""

    input: str = Field(description="As you sent it.", examples=["+1 415 555*"])
    number: str = Field(description="As it is stored.", examples=["+1415555*"])
    id: str = Field(description="The entry.", examples=["blk_nvswk5djnzts4y3pnvzsa2lf"])
    result: Literal["blocked", "already_blocked"] = Field(examples=["blocked"])
    message: Annotated[str, WithJsonSchema({"type": "string"})] = Field(
        "", description="Only when there is something to report, like an extension that was left out."
    )


class NotANumber(Sent):
    """A number that could not be read and has no entry."""

    input: str = Field(description="As you sent it.", examples=["415 555"])
    number: None = Field(description="Always null.", examples=[None])
    id: None = Field(description="Always null.", examples=[None])
    result: Literal["invalid"] = Field(examples=["invalid"])
    message: str = Field(description="How to fix it.", examples=["Enter the number with its area code."])


class BusinessAnswer(Sent):
    """A business in its envelope."""

    data: BusinessOut


class ScreenAnswer(Sent):
    """A decision in its envelope."""

    data: ScreenOut


class CallAnswer(Sent):
    """A call in its envelope."""

    data: CallOut


class NumberAnswer(Sent):
    """A number in its envelope."""

    data: NumberOut


class BlockedAnswer(Sent):
    """An entry in its envelope."""

    data: BlockedOut


class BlockAnswer(Sent):
    """The result for each number, in the order sent."""

    data: list[OnTheList | NotANumber]


class BlockedPage(Sent):
    """A page of the list, newest first."""

    data: list[BlockedOut]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null at the end.", examples=[None])


class CallPage(Sent):
    """A page of calls, newest first."""

    data: list[CallOut]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null at the end.", examples=[None])


class NumberPage(Sent):
    """A page of numbers, by source."""

    data: list[NumberOut]
    next_cursor: str | None = Field(description="Gives the next page as `cursor`; null at the end.", examples=[None])


class ReportAnswer(Sent):
    """A complete report, never paged."""

    data: list[ReportLine]
    next_cursor: None = Field(description="Always null: a report is one page.")
