"""What stands behind the question mark of an address, as strict as bodies are."""

from typing import Annotated, Literal

from pydantic import Field

from settings_ui.domain.qualification import LEAST_THRESHOLD_S, MOST_DURATION_S, MOST_THRESHOLD_S
from settings_ui.http.api.schemas import Strict
from settings_ui.http.api.values import Cursor, Day, DayOrMoment, Whole, Word, YesNo
from settings_ui.models.call import SOURCE_LENGTH
from settings_ui.services.calls.log import MOST, PAGE


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
    min_duration: Annotated[int, Field(ge=0, le=MOST_DURATION_S), Whole] | None = Field(
        None, description="Seconds.", examples=[60]
    )
    limit: Annotated[int, Field(ge=1, le=MOST), Whole] = Field(PAGE, description="Calls a page.")
    cursor: Cursor | None = Field(None, min_length=1, max_length=500, description="`next_cursor` of the page before.")


class ReportQuery(Strict):
    """Which report. Without `to` it goes until today, without `from` it has 30 days; 366 at most."""

    from_: Day | None = Field(
        None, alias="from", description="The first day, in the business's time zone.", examples=["2026-03-01"]
    )
    to: Day | None = Field(None, description="The last day (inclusive).", examples=["2026-03-31"])
    group_by: Literal["day", "source"] = Field("day", description="What a line stands for.")
    threshold: Annotated[int, Field(ge=LEAST_THRESHOLD_S, le=MOST_THRESHOLD_S), Whole] | None = Field(
        None,
        description="Asks what would qualify at so many seconds. Not together with `basis=then`.",
        examples=[120],
    )
    basis: Literal["now", "then"] = Field(
        "now",
        description="The threshold in force now, or the one that was in force when each call was recorded.",
    )


class PageQuery(Strict):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=MOST), Whole] = Field(PAGE, description="How many a page.")
    cursor: Cursor | None = Field(None, min_length=1, max_length=64, description="`next_cursor` of the page before.")
