"""The API against its own document: whatever a stranger may send, the answer is one that the document has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
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
# That a text has the right length does not make it a phone number, a cursor of ours or a day within the range.
UNCHECKED = [positive_data_acceptance]


class NoLimits:
    """A limiter that counts nothing: here thousands of requests come without a key."""

    def wait_s(self, limit: Limit, *key: str) -> int:
        return 0

    def count(self, limit: Limit, *key: str) -> bool:
        return True

    def forget(self, limit: Limit, *key: str) -> None: ...


@pytest.fixture(scope="module")
def tenant(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A business."""
    path = tmp_path_factory.mktemp("schema") / "test.db"
    path.write_bytes(sqlite_template.read_bytes())
    config = Config(_env_file=None, demo=True, database_url=f"sqlite:///{path}")
    services = build(config, clock=FakeClock(), mailer=KeptMail(), limiter=NoLimits())
    yield new_tenant(services, FakeClock(), "Northwind Leads")
    services.database.close()


@pytest.fixture(scope="module")
def key(tenant: Tenant) -> str:
    """A full key."""
    return tenant.key().secret


@pytest.fixture(scope="module")
def document(tenant: Tenant) -> schemathesis.BaseSchema:
    """The document, and the application that it describes."""
    app = ApiFirst(Api(tenant.services.config, lambda: tenant.services), Starlette())
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", CONTRACT)
def test_every_answer_is_one_that_the_document_has(
    document: schemathesis.BaseSchema, key: str, label: str, mode: GenerationMode
) -> None:
    """No 5xx, no status, type, header or shape that is not described; nothing passes that the document forbids."""
    operation = document.find_operation_by_label(label)
    assert operation is not None

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=UNCHECKED)

    holds()
