"""Query parameters, as strict as bodies."""

from typing import Annotated, Literal

from pydantic import Field

from settings_ui.domain.qualification import LEAST_THRESHOLD_S, MOST_DURATION_S, MOST_THRESHOLD_S
from settings_ui.http.api.schemas import Strict
from settings_ui.http.api.values import Cursor, Day, DayOrMoment, Whole, Word, YesNo
from settings_ui.models.call import SOURCE_LENGTH
from settings_ui.services.calls.log import MOST, PAGE


class CallQuery(Strict):
    """The filter of calls."""

    from_: DayOrMoment | None = Field(
        None,
        alias="from",
        description="From this day or time on (inclusive). Days are in the business's time zone.",
        examples=["2026-03-01"],
    )
    to: DayOrMoment | None = Field(
        None,
        description="To the end of this day (inclusive), or before this time (exclusive).",
        examples=["2026-03-31"],
    )
    qualified: YesNo | None = Field(None, description="At the threshold in force now.", examples=[True])
    source: Word | None = Field(None, min_length=1, max_length=SOURCE_LENGTH, examples=["Google Ads"])
    min_duration: Annotated[int, Field(ge=0, le=MOST_DURATION_S), Whole] | None = Field(
        None, description="Seconds.", examples=[60]
    )
    limit: Annotated[int, Field(ge=1, le=MOST), Whole] = Field(PAGE, description="Calls per page.")
    cursor: Cursor | None = Field(None, min_length=1, max_length=500, description="`next_cursor` of the previous page.")


class ReportQuery(Strict):
    """The parameters of a report. `to` defaults to today, `from` to 30 days before the end; at most 366 days."""

    from_: Day | None = Field(
        None,
        alias="from",
        description="The first day (inclusive), in the business's time zone.",
        examples=["2026-03-01"],
    )
    to: Day | None = Field(None, description="The last day (inclusive).", examples=["2026-03-31"])
    group_by: Literal["day", "source"] = Field("day", description="What each line stands for.")
    threshold: Annotated[int, Field(ge=LEAST_THRESHOLD_S, le=MOST_THRESHOLD_S), Whole] | None = Field(
        None,
        description="Reports what would qualify at this many seconds. Cannot be combined with `basis=then`.",
        examples=[120],
    )
    basis: Literal["now", "then"] = Field(
        "now",
        description="Whether to use the threshold in force now, or the one in force when each call was recorded.",
    )


class PageQuery(Strict):
    """The page of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST), Whole] = Field(PAGE, description="Items per page.")
    cursor: Cursor | None = Field(None, min_length=1, max_length=600, description="`next_cursor` of the previous page.")
