"""The business that a key belongs to."""

from typing import Any

from fastapi import APIRouter

from settings_ui.domain.access import Capability
from settings_ui.http.api.endpoint import endpoint
from settings_ui.http.api.guard import Calling, Guarded
from settings_ui.http.api.hot import business_view
from settings_ui.http.api.schemas import BusinessAnswer

router = APIRouter(route_class=Guarded, tags=["Business"])


@endpoint(router, "GET", "/business", BusinessAnswer, needs=Capability.SEE_CALLS, ok={200: "The business."})
async def get_business(caller: Calling) -> Any:
    """Your business, its qualified threshold, and the key that you use."""
    return {"data": business_view(caller)}
