"""links to set a first password are good for longer

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision: str = '0017'
down_revision: str | None = '0016'


def upgrade() -> None:
    op.add_column('password_resets', sa.Column('good_until', UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('password_resets', 'good_until')
