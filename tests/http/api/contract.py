"""The public API contract as data: a breaking change fails here."""

from typing import NamedTuple


class Operation(NamedTuple):
    """Input and output of an endpoint. A name with `?` is optional; a name in brackets is a list, with `next_cursor`
    if it is paginated."""

    query: str = ""
    body: str = ""
    gives: str = ""
    good: str = "200"
    bad: str = "401 403 422 429 500 503"
    access: str = "full read_only"


CALL = "id from to source started_at duration_s status qualified qualified_then reason blocked_caller_id"  # one line
NUMBER = "id number source since"
BLOCKED = "id number note until created_at stopped last_stopped_at"
POST = "401 403 409 413 415 422 429 500 503"
ONE = "401 403 404 422 429 500 503"

CONTRACT = {
    "GET /business": Operation(gives="id name time_zone threshold_s key"),
    "POST /calls/screen": Operation(
        body="from to id?", gives="action blocked_caller_id balance", bad=POST, access="full screening"
    ),
    "POST /calls": Operation(
        body="id from to source? started_at duration_s status",
        gives=CALL,
        good="200 201",
        bad=POST,
        access="full screening",
    ),
    "GET /calls": Operation(
        query="from? to? qualified? source? min_duration? limit? cursor?", gives=f"[{CALL}] next_cursor"
    ),
    "GET /calls/{id}": Operation(gives=CALL, bad=ONE),
    "GET /reports/qualified": Operation(
        query="from? to? group_by? threshold? basis?", gives="[key calls completed qualified rate stopped] next_cursor"
    ),
    "GET /numbers": Operation(query="limit? cursor?", gives=f"[{NUMBER}] next_cursor"),
    "POST /numbers": Operation(body="number source", gives=NUMBER, good="201", bad=POST, access="full"),
    "GET /numbers/{id}": Operation(gives=NUMBER, bad=ONE),
    "GET /blocked-callers": Operation(query="limit? cursor?", gives=f"[{BLOCKED}] next_cursor"),
    "POST /blocked-callers": Operation(
        body="numbers note? until?",
        gives="[input number id result message? or input number id result message]",
        bad=POST,
        access="full",
    ),
    "GET /blocked-callers/{id}": Operation(gives=BLOCKED, bad=ONE),
    "DELETE /blocked-callers/{id}": Operation(gives=BLOCKED, bad=ONE, access="full"),
    "DELETE /numbers/{id}": Operation(gives=NUMBER, bad=ONE, access="full"),
}
