"""pages of blocked callers, counts in the order of their keys"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

ON_THE_LIST = sa.text('removed_at IS NULL')
BY_AN_ENTRY = sa.text('blocked_caller_id IS NOT NULL')
COUNTS = ('day_counts', 'duration_counts', 'stop_counts')


def upgrade() -> None:
    _rebuild(with_rowid=False)
    for column in ('until', 'last_stopped_at'):
        op.create_index(f'ix_blocked_callers_business_id_{column}', 'blocked_callers', ['business_id', column], unique=False, sqlite_where=ON_THE_LIST, postgresql_where=ON_THE_LIST)
    op.create_index('ix_stop_counts_blocked_caller_id_day', 'stop_counts', ['blocked_caller_id', 'day'], unique=False)
    op.create_index('ix_calls_business_id_blocked_caller_id_started_at', 'calls', ['business_id', 'blocked_caller_id', 'started_at'], unique=False, sqlite_where=BY_AN_ENTRY, postgresql_where=BY_AN_ENTRY)


def downgrade() -> None:
    op.drop_index('ix_calls_business_id_blocked_caller_id_started_at', 'calls')
    op.drop_index('ix_stop_counts_blocked_caller_id_day', 'stop_counts')
    for column in ('last_stopped_at', 'until'):
        op.drop_index(f'ix_blocked_callers_business_id_{column}', 'blocked_callers')
    _rebuild(with_rowid=True)


def _rebuild(*, with_rowid: bool) -> None:
    """Copy the tables of counts into ones that are kept in the order of their keys, on SQLite, or back."""
    if op.get_bind().dialect.name == 'sqlite':
        for table in COUNTS:
            with op.batch_alter_table(table, recreate='always', table_kwargs={'sqlite_with_rowid': with_rowid}):
                pass
