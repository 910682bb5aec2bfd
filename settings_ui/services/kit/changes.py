"""What a use case hands back when others should look again."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Changed(Generic[T]):
    """The outcome, and the topics that changed with it: the edge publishes them once the transaction is over."""

    value: T
    topics: frozenset[str]


def topics(business_id: str, *user_ids: str) -> frozenset[str]:
    """Return the topics of a business and of people in it."""
    return frozenset({business_topic(business_id), *map(user_topic, user_ids)})


def user_topic(user_id: str) -> str:
    """Return the topic of everything that shows this person."""
    return f"user-{user_id}"


def business_topic(business_id: str) -> str:
    """Return the topic of everything that shows this business."""
    return f"business-{business_id}"
