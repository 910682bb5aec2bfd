"""Who is signed in, and where they can go."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UserView:
    """The signed-in user; the photos are URLs, empty if initials are shown instead."""

    name: str = ""
    email: str = ""
    verified: bool = True
    initials: str = ""
    photo: str = ""
    small_photo: str = ""


@dataclass(frozen=True)
class HomeView:
    """A business that the user belongs to; `role` in words, `current` if this window shows it."""

    id: str = ""
    name: str = ""
    role: str = ""
    as_role: str = ""
    current: bool = False


@dataclass(frozen=True)
class PageView:
    """A page in the sidebar."""

    path: str
    label: str


@dataclass(frozen=True)
class TabView:
    """A tab in the bar."""

    slug: str
    label: str
    href: str
