"""paths of the call log"""

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calls_business_id_started_at_seq'))
        batch_op.create_index(batch_op.f('ix_calls_business_id_started_at_seq_status_duration_s'), ['business_id', 'started_at', 'seq', 'status', 'duration_s'], unique=False)
        batch_op.create_index(batch_op.f('ix_calls_business_id_duration_s_started_at_seq_status'), ['business_id', 'duration_s', 'started_at', 'seq', 'status'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calls_business_id_duration_s_started_at_seq_status'))
        batch_op.drop_index(batch_op.f('ix_calls_business_id_started_at_seq_status_duration_s'))
        batch_op.create_index(batch_op.f('ix_calls_business_id_started_at_seq'), ['business_id', 'started_at', 'seq'], unique=False)
