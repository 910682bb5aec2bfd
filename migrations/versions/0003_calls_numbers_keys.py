"""calls numbers keys"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_folded', sa.String(length=300), nullable=False),
    sa.Column('access', sa.String(length=16), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('first', sa.String(length=4), nullable=False),
    sa.Column('last', sa.String(length=4), nullable=False),
    sa.Column('created_by', sa.String(length=32), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('rotated_to', sa.String(length=32), nullable=True),
    sa.Column('last_used_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint("access in ('full', 'read_only', 'screening')", name=op.f('ck_api_keys_access')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_api_keys_business_id_businesses')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_api_keys_created_by_users')),
    sa.ForeignKeyConstraint(['rotated_to'], ['api_keys.id'], name=op.f('fk_api_keys_rotated_to_api_keys')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_keys_digest'))
    )
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_keys_business_id_created_at'), ['business_id', 'created_at'], unique=False)

    op.create_table('calls',
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=128), nullable=False),
    sa.Column('from_number', sa.String(length=16), nullable=False),
    sa.Column('to_number', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('duration_s', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('threshold_s', sa.SmallInteger(), nullable=False),
    sa.Column('blocked_caller_id', sa.String(length=32), nullable=True),
    sa.CheckConstraint("status in ('completed', 'missed', 'voicemail', 'stopped')", name=op.f('ck_calls_status')),
    sa.CheckConstraint('duration_s between 0 and 86400', name=op.f('ck_calls_duration')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_calls_business_id_businesses')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_calls')),
    sa.UniqueConstraint('business_id', 'id', name=op.f('uq_calls_business_id_id'))
    )
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calls_business_id_from_number_started_at_seq'), ['business_id', 'from_number', 'started_at', 'seq'], unique=False)
        batch_op.create_index(batch_op.f('ix_calls_business_id_source_started_at_seq'), ['business_id', 'source', 'started_at', 'seq'], unique=False)
        batch_op.create_index(batch_op.f('ix_calls_business_id_started_at_seq'), ['business_id', 'started_at', 'seq'], unique=False)
        batch_op.create_index(batch_op.f('ix_calls_business_id_status_started_at_seq'), ['business_id', 'status', 'started_at', 'seq'], unique=False)

    op.create_table('day_counts',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('calls', sa.Integer(), nullable=False),
    sa.Column('completed', sa.Integer(), nullable=False),
    sa.Column('stopped', sa.Integer(), nullable=False),
    sa.Column('qualified', sa.Integer(), nullable=False),
    sa.Column('qualified_then', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_day_counts_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', 'day', 'source', name=op.f('pk_day_counts'))
    )
    op.create_table('duration_counts',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('duration_s', sa.Integer(), nullable=False),
    sa.Column('completed', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_duration_counts_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', 'day', 'source', 'duration_s', name=op.f('pk_duration_counts'))
    )
    op.create_table('tracking_numbers',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.Column('released_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_tracking_numbers_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tracking_numbers'))
    )
    with op.batch_alter_table('tracking_numbers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tracking_numbers_business_id_number'), ['business_id', 'number'], unique=False)

    op.create_table('api_key_uses',
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.Column('hour', UtcDateTime(), nullable=False),
    sa.Column('address', sa.String(length=16), nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_api_key_uses_key_id_api_keys')),
    sa.PrimaryKeyConstraint('key_id', 'hour', 'address', name=op.f('pk_api_key_uses'))
    )
    op.create_table('idempotent_answers',
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.Column('idempotency_key', sa.String(length=255), nullable=False),
    sa.Column('request_digest', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_idempotent_answers_key_id_api_keys')),
    sa.PrimaryKeyConstraint('key_id', 'idempotency_key', name=op.f('pk_idempotent_answers'))
    )
    with op.batch_alter_table('idempotent_answers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotent_answers_created_at'), ['created_at'], unique=False)

    # A check within the column: SQLite can add it so without rebuilding a table that others refer to.
    op.execute(
        "ALTER TABLE businesses ADD COLUMN threshold_s INTEGER DEFAULT 90 NOT NULL "
        "CONSTRAINT ck_businesses_threshold CHECK (threshold_s BETWEEN 1 AND 7200)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE businesses DROP COLUMN threshold_s")

    with op.batch_alter_table('idempotent_answers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotent_answers_created_at'))

    op.drop_table('idempotent_answers')
    op.drop_table('api_key_uses')
    with op.batch_alter_table('tracking_numbers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tracking_numbers_business_id_number'))

    op.drop_table('tracking_numbers')
    op.drop_table('duration_counts')
    op.drop_table('day_counts')
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calls_business_id_status_started_at_seq'))
        batch_op.drop_index(batch_op.f('ix_calls_business_id_started_at_seq'))
        batch_op.drop_index(batch_op.f('ix_calls_business_id_source_started_at_seq'))
        batch_op.drop_index(batch_op.f('ix_calls_business_id_from_number_started_at_seq'))

    op.drop_table('calls')
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_api_keys_business_id_created_at'))

    op.drop_table('api_keys')
