"""what is due, what usage cost by day, and until when numbers are paid"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

DUE = sa.text('due_at IS NOT NULL')


def upgrade() -> None:
    op.create_table('usage_days',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('micros', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind in ('local_minute', 'toll_free_minute', 'local_number', 'toll_free_number', 'call')", name=op.f('ck_usage_days_kind')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_usage_days_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', 'day', 'kind', name=op.f('pk_usage_days')),
    sqlite_with_rowid=False
    )
    op.add_column('calls', sa.Column('due_at', UtcDateTime(), nullable=True))
    op.create_index('ix_calls_due', 'calls', ['business_id', 'seq'], sqlite_where=DUE, postgresql_where=DUE)
    op.add_column('tracking_numbers', sa.Column('paid_from', sa.Date(), nullable=True))
    op.add_column('tracking_numbers', sa.Column('paid_until', sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('tracking_numbers') as batch_op:
        batch_op.drop_column('paid_until')
        batch_op.drop_column('paid_from')

    op.drop_index('ix_calls_due', 'calls')
    with op.batch_alter_table('calls') as batch_op:
        batch_op.drop_column('due_at')

    op.drop_table('usage_days')
