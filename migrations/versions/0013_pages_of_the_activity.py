"""pages of the activity

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision: str = '0013'
down_revision: str | None = '0012'


def upgrade() -> None:
    op.add_column('activity', sa.Column('about', sa.JSON(), nullable=True))
    op.create_index('ix_activity_business_id_at_id', 'activity', ['business_id', 'at', 'id'])


def downgrade() -> None:
    op.drop_index('ix_activity_business_id_at_id', 'activity')
    op.drop_column('activity', 'about')
