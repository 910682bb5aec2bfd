"""until when the provider's events were read"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('event_readings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_readings'))
    )
    op.drop_index('ix_billing_events_created_at', 'billing_events')


def downgrade() -> None:
    op.create_index('ix_billing_events_created_at', 'billing_events', ['created_at'])
    op.drop_table('event_readings')
