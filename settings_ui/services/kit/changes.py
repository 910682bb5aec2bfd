"""The result of a use case that changed something other windows may show."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Changed(Generic[T]):
    """The result, and the topics to publish, which the caller does after the commit."""

    value: T
    topics: frozenset[str]


def topics(business_id: str, *user_ids: str) -> frozenset[str]:
    """Return the topics of a business and of users in it."""
    return frozenset({business_topic(business_id), *map(user_topic, user_ids)})


def user_topic(user_id: str) -> str:
    """Return the topic of everything that shows this user."""
    return f"user-{user_id}"


def business_topic(business_id: str) -> str:
    """Return the topic of everything that shows this business."""
    return f"business-{business_id}"


def meanwhile(now: str, who: str = "") -> str:
    """Return what someone is told whose value would replace one that was saved after they began."""
    return f"{who or 'Someone'} changed it to {now} in the meantime. Save again to use yours, or discard it."
