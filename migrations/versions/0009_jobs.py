"""jobs"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('jobs',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('holder', sa.String(length=32), nullable=False),
    sa.Column('held_until', UtcDateTime(), nullable=False),
    sa.Column('last_success_at', UtcDateTime(), nullable=True),
    sa.Column('last_error_at', UtcDateTime(), nullable=True),
    sa.Column('last_error', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_jobs'))
    )


def downgrade() -> None:
    op.drop_table('jobs')
