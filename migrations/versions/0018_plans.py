"""the catalogue, subscriptions, and which rates are in force"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('catalogue_prices',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('offered', sa.String(length=16), nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=72), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('description', sa.String(length=500), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('micros', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('increment_s', sa.Integer(), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=True),
    sa.CheckConstraint("offered in ('plan', 'add_on', 'rate')", name=op.f('ck_catalogue_prices_offered')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_prices'))
    )
    op.create_table('catalogue_readings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('as_of', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_readings'))
    )
    op.create_table('plan_subscriptions',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('plan', sa.String(length=64), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('period_start', UtcDateTime(), nullable=False),
    sa.Column('period_end', UtcDateTime(), nullable=False),
    sa.Column('ends', sa.Boolean(), nullable=False),
    sa.Column('pay_url', sa.String(length=1000), nullable=True),
    sa.Column('as_of', UtcDateTime(), nullable=False),
    sa.CheckConstraint("status in ('active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete', 'incomplete_expired', 'canceled')", name=op.f('ck_plan_subscriptions_status')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_plan_subscriptions_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', name=op.f('pk_plan_subscriptions')),
    sa.UniqueConstraint('id', name=op.f('uq_plan_subscriptions_id'))
    )
    op.create_index(op.f('ix_plan_subscriptions_as_of'), 'plan_subscriptions', ['as_of'])
    op.create_table('plans_in_force',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.Column('plan', sa.String(length=64), nullable=False),
    sa.Column('add_ons', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_plans_in_force_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans_in_force'))
    )
    op.create_index(op.f('ix_plans_in_force_business_id_since'), 'plans_in_force', ['business_id', 'since'])
    with op.batch_alter_table('billing_accounts') as batch_op:
        batch_op.add_column(sa.Column('busy_until', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('plan_checkout', sa.String(length=255), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('billing_accounts') as batch_op:
        batch_op.drop_column('plan_checkout')
        batch_op.drop_column('busy_until')

    op.drop_table('plans_in_force')
    op.drop_table('plan_subscriptions')
    op.drop_table('catalogue_readings')
    op.drop_table('catalogue_prices')
