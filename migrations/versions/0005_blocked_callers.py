"""blocked callers"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('calls', sa.Column('screened', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table('blocked_callers',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('pattern', sa.String(length=17), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=True),
    sa.Column('created_by', sa.String(length=32), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('removed_at', UtcDateTime(), nullable=True),
    sa.Column('last_stopped_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_blocked_callers_business_id_businesses')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_blocked_callers_created_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blocked_callers'))
    )
    with op.batch_alter_table('blocked_callers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blocked_callers_business_id_created_at'), ['business_id', 'created_at'], unique=False)
        batch_op.create_index('uq_blocked_callers_business_id_pattern', ['business_id', 'pattern'], unique=True, sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))

    op.create_table('stop_counts',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('blocked_caller_id', sa.String(length=32), nullable=False),
    sa.Column('stopped', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['blocked_caller_id'], ['blocked_callers.id'], name=op.f('fk_stop_counts_blocked_caller_id_blocked_callers')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_stop_counts_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', 'day', 'blocked_caller_id', name=op.f('pk_stop_counts'))
    )


def downgrade() -> None:
    op.drop_column('calls', 'screened')
    op.drop_table('stop_counts')
    with op.batch_alter_table('blocked_callers', schema=None) as batch_op:
        batch_op.drop_index('uq_blocked_callers_business_id_pattern', sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_blocked_callers_business_id_created_at'))

    op.drop_table('blocked_callers')
