"""Identifiers: a readable prefix, followed by an unguessable part."""

import re

from settings_ui.domain.ids import new_id
from settings_ui.models.base import ID_LENGTH


def test_an_id_is_a_prefix_and_24_random_characters_and_fits_its_column() -> None:
    made = [new_id("biz") for _ in range(1000)]
    assert all(re.fullmatch(r"biz_[a-z2-7]{24}", one) for one in made)
    assert len(set(made)) == len(made)
    assert max(map(len, made)) <= ID_LENGTH
