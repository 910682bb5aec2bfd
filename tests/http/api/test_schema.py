"""Property tests of the API against its own OpenAPI document."""

import re._constants as sre
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from hypothesis.strategies._internal import regex
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette

from settings_ui.bootstrap import build
from settings_ui.config import Config
from settings_ui.gateways.ports import Limit
from settings_ui.http.api.front import Api, ApiFirst
from tests.http.api.contract import CONTRACT
from tests.http.api.platform import Tenant, new_tenant
from tests.support import FakeClock, KeptMail

load_all_checks()
EXAMPLES = 50
# Valid by the schema, but refused for what it means, which no schema can express.
MEANINGS = {
    "This cursor is not valid. Use one from a previous answer, unchanged.",
    "This must not be after `to`.",
    "The first day is after the last.",
    "A report can cover at most 366 days.",
    "The last day must be between 2000 and 2200.",
    "“As counted then” uses the threshold of the time, so a threshold cannot be given too.",
    "This time must be after 1999 and at most a day ahead.",
    "Choose a date from today on, within 10 years.",
}
OTHERS_NUMBERS = ["+442079460958", "+4915112345678", "+61 2 5550 1234", "011 44 20 7946 0958", "１４１５５５５０１３２"]
AMERICAN = st.from_regex(r"(\+1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}", fullmatch=True)
schemathesis.openapi.format("phone-number", AMERICAN | st.sampled_from(OTHERS_NUMBERS))
schemathesis.openapi.format(
    "caller-number", AMERICAN | st.sampled_from(["", "anonymous", "Restricted", "12345", "+1", "alice"])
)
schemathesis.openapi.format("cursor", st.from_regex("[A-Za-z0-9_.-]{1,64}", fullmatch=True))


class NoLimits:
    """A limiter without limits: these tests send thousands of requests without a key."""

    def wait_s(self, limit: Limit, *key: str) -> int:
        return 0

    def left(self, limit: Limit, *key: str) -> tuple[int, int]:
        return limit.times, limit.within_s

    def count(self, limit: Limit, *key: str) -> bool:
        return True

    def forget(self, limit: Limit, *key: str) -> None: ...


@pytest.fixture(scope="module", autouse=True)
def classes_listed_once() -> Iterator[None]:
    """Caches Hypothesis's expansion of character classes: it takes seconds for ours, and would be repeated for each
    pattern."""
    listed: dict[str, SearchStrategy[str]] = {}
    translate = regex._strategy

    def once(codes: Any, context: regex.Context, is_unicode: bool, *, alphabet: Any) -> SearchStrategy[str]:
        if not isinstance(codes, tuple) or codes[0] != sre.IN:
            return translate(codes, context, is_unicode, alphabet=alphabet)
        key = f"{codes} {context.flags} {id(alphabet)}"
        if key not in listed:
            listed[key] = translate(codes, context, is_unicode, alphabet=alphabet)
        return listed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regex, "_strategy", once)
        yield


@pytest.fixture(scope="module")
def tenant(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    path = tmp_path_factory.mktemp("schema") / "test.db"
    path.write_bytes(sqlite_template.read_bytes())
    config = Config(_env_file=None, demo=True, database_url=f"sqlite:///{path}")
    services = build(config, clock=FakeClock(), mailer=KeptMail(), limiter=NoLimits())
    yield new_tenant(services, FakeClock(), "Northwind Leads")
    services.database.close()


@pytest.fixture(scope="module")
def key(tenant: Tenant) -> str:
    return tenant.key().secret


@pytest.fixture(scope="module")
def document(tenant: Tenant) -> schemathesis.BaseSchema:
    """The document, bound to the application that it describes."""
    app = ApiFirst(Api(tenant.services.config, lambda: tenant.services), Starlette())
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", CONTRACT)
def test_every_answer_is_one_that_the_document_has(
    document: schemathesis.BaseSchema, key: str, label: str, mode: GenerationMode
) -> None:
    """No 5xx, and no undocumented status, type, header or shape. What the schema forbids is refused; what it allows
    is refused only for its meaning, never for its form."""
    operation = document.find_operation_by_label(label)
    assert operation is not None

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        assume(all(value not in ([], {}) for value in (case.query or {}).values()))  # the client would not send these
        sent = {"Authorization": f"Bearer {key}"}
        answer = case.call_and_validate(headers=sent, excluded_checks=[positive_data_acceptance])
        if mode is GenerationMode.POSITIVE and answer.status_code == 422:
            assert answer.json()["error"]["message"] in MEANINGS, (case.body, case.query)

    holds()
