"""auto-recharge: what a business has decided, and one charge at a time"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

IN_FLIGHT = sa.text("automatic AND state in ('pending', 'needs_action')")


def upgrade() -> None:
    op.create_table('billing_settings',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('recharge', sa.Boolean(), nullable=False),
    sa.Column('threshold_cents', sa.Integer(), nullable=False),
    sa.Column('amount_cents', sa.Integer(), nullable=False),
    sa.Column('cap_cents', sa.Integer(), nullable=False),
    sa.Column('alert_cents', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('paused_until', UtcDateTime(), nullable=True),
    sa.Column('problem', sa.String(length=200), nullable=False),
    sa.Column('judged', sa.String(length=64), nullable=False),
    sa.Column('told_zero', sa.Boolean(), nullable=False),
    sa.Column('told_low', sa.Boolean(), nullable=False),
    sa.Column('told_cap', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_billing_settings_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', name=op.f('pk_billing_settings'))
    )
    op.add_column('top_ups', sa.Column('automatic', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        'uq_top_ups_in_flight', 'top_ups', ['business_id'],
        unique=True, sqlite_where=IN_FLIGHT, postgresql_where=IN_FLIGHT,
    )


def downgrade() -> None:
    op.drop_index('uq_top_ups_in_flight', 'top_ups')
    with op.batch_alter_table('top_ups') as batch_op:
        batch_op.drop_column('automatic')

    op.drop_table('billing_settings')
