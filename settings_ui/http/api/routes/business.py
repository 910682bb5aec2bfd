"""The business that a key belongs to."""

from typing import Any

from fastapi import APIRouter

from settings_ui.domain.access import Capability
from settings_ui.http.api.described import answers, extra
from settings_ui.http.api.guard import Calling, Guarded, needs
from settings_ui.http.api.hot import business_view
from settings_ui.http.api.schemas import BusinessAnswer

router = APIRouter(route_class=Guarded, tags=["Business"])


@router.get(
    "/business",
    response_model=BusinessAnswer,
    responses=answers(BusinessAnswer, ok={200: "The business."}),
    openapi_extra=extra(Capability.SEE_CALLS),
)
@needs(Capability.SEE_CALLS)
async def get_business(caller: Calling) -> Any:
    """Your business, its qualified threshold, and the key that asks."""
    return {"data": business_view(caller)}
