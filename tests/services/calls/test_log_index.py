"""Index selection for log pages: the most selective index, or the one by time if many calls match."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from settings_ui.bootstrap import Services
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Business, Call
from settings_ui.services.calls.import_file import store
from settings_ui.services.calls.log import Filter
from settings_ui.services.calls.log_index import BY_TIME, along
from settings_ui.services.calls.reported import checked
from tests.calls import CALLER, a_call, a_key
from tests.support import START

FEW = 10
CALLER_FIRST, STATUS_FIRST = "from_number_started_at_seq", "status_started_at_seq"
SOURCE_FIRST, LONGEST_FIRST = "source_started_at_seq", "duration_s_started_at_seq_status"
RARE = "+14155550199"


@pytest.fixture
def home(services: Services, business: str) -> str:
    """A business with forty calls: most are alike, a few have a rare caller, source, status or length."""
    rare = {3: {"caller": RARE}, 4: {"source": "Rare"}, 5: {"status": CallStatus.STOPPED}, 6: {"duration_s": 5000}}
    calls = [a_call(at=START - timedelta(minutes=n), **rare.get(n, {})) for n in range(40)]  # type: ignore[arg-type]
    with services.database.write() as session:
        kept = session.get_one(Business, business)
        store(session, business, [(new, checked(new, kept, START)) for new in calls])
    return business


def index(session: Session, business: str, **asked: object) -> str:
    """Return the index hint in the query, without the prefix shared by all index names."""
    everything = {"caller": "", "source": "", "status": None, "least_duration_s": 0} | asked
    query = along(select(Call), session, business, few=FEW, **everything)  # type: ignore[arg-type]
    _, _, told = str(query.compile(session.get_bind())).partition(" INDEXED BY ix_calls_business_id_")
    return told


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({}, BY_TIME.columns),
        ({"caller": CALLER}, CALLER_FIRST),
        ({"source": "Radio"}, SOURCE_FIRST),
        ({"status": CallStatus.MISSED}, STATUS_FIRST),
        ({"status": CallStatus.COMPLETED}, BY_TIME.columns),
        ({"least_duration_s": 90}, BY_TIME.columns),
        ({"least_duration_s": 5000}, LONGEST_FIRST),
        ({"least_duration_s": 86_400}, LONGEST_FIRST),
        ({"source": "Radio", "status": CallStatus.COMPLETED, "least_duration_s": 90}, SOURCE_FIRST),
        ({"source": "Rare", "status": CallStatus.COMPLETED, "least_duration_s": 90}, SOURCE_FIRST),
        ({"source": "Radio", "status": CallStatus.STOPPED}, STATUS_FIRST),
        ({"source": "Rare", "caller": CALLER}, SOURCE_FIRST),
        ({"source": "Radio", "caller": RARE}, CALLER_FIRST),
        ({"source": "Radio", "least_duration_s": 5000}, LONGEST_FIRST),
        ({"source": "Radio", "caller": CALLER}, CALLER_FIRST),
    ],
)
def test_the_index_that_leads_to_the_fewest_calls_is_taken(
    services: Services, home: str, asked: dict[str, object], path: str
) -> None:
    """PostgreSQL gets no hint: it has its own statistics."""
    with services.database.read() as session:
        told = index(session, home, **asked)
    assert told == (path if services.database.embedded else "")


def test_a_page_is_read_by_that_index_without_touching_other_calls(services: Services, home: str) -> None:
    """SQLite's query plan is an index search, plus a sort of the few calls found."""
    if not services.database.embedded:
        assert services.calls.log.page(a_key(home), Filter(least_duration_s=5000)).calls
        return
    with services.database.read() as session:
        query = select(Call).where(Call.business_id == home, Call.duration_s >= 5000)
        query = along(query, session, home, caller="", source="", status=None, least_duration_s=5000)
        sql = query.order_by(Call.started_at.desc()).compile(  # type: ignore[attr-defined]
            session.get_bind(), compile_kwargs={"literal_binds": True}
        )
        plan = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert plan == [
        "SEARCH calls USING INDEX ix_calls_business_id_duration_s_started_at_seq_status"
        " (business_id=? AND duration_s>?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ]
