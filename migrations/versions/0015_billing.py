"""who pays, with what, and each time that funds were added"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

STATES = "state in ('pending', 'succeeded', 'needs_action', 'failed', 'canceled')"
OPEN = sa.text("state in ('pending', 'needs_action')")
SET_ASIDE = sa.text('problem IS NOT NULL')


def upgrade() -> None:
    op.create_table('billing_accounts',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('customer', sa.String(length=255), nullable=True),
    sa.Column('customers', sa.Integer(), nullable=False),
    sa.Column('default_card', sa.String(length=255), nullable=True),
    sa.Column('cards_as_of', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_billing_accounts_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', name=op.f('pk_billing_accounts')),
    sa.UniqueConstraint('customer', name=op.f('uq_billing_accounts_customer'))
    )
    op.create_table('saved_cards',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('brand', sa.String(length=32), nullable=False),
    sa.Column('last4', sa.String(length=4), nullable=False),
    sa.Column('exp_month', sa.Integer(), nullable=False),
    sa.Column('exp_year', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_saved_cards_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_cards'))
    )
    op.create_index(op.f('ix_saved_cards_business_id'), 'saved_cards', ['business_id'])
    op.create_table('top_ups',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('user_id', sa.String(length=32), nullable=True),
    sa.Column('attempt', sa.String(length=64), nullable=False),
    sa.Column('via', sa.String(length=16), nullable=False),
    sa.Column('cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('customer', sa.String(length=255), nullable=True),
    sa.Column('card', sa.String(length=255), nullable=True),
    sa.Column('card_shown', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('problem', sa.String(length=200), nullable=False),
    sa.Column('payment', sa.String(length=255), nullable=True),
    sa.Column('checkout', sa.String(length=255), nullable=True),
    sa.Column('receipt_url', sa.String(length=1000), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint(STATES, name=op.f('ck_top_ups_state')),
    sa.CheckConstraint("via in ('card', 'checkout')", name=op.f('ck_top_ups_via')),
    sa.CheckConstraint('cents between 1000 and 500000', name=op.f('ck_top_ups_cents')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_top_ups_business_id_businesses')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_top_ups_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_top_ups')),
    sa.UniqueConstraint('business_id', 'attempt', name=op.f('uq_top_ups_business_id_attempt')),
    sa.UniqueConstraint('checkout', name=op.f('uq_top_ups_checkout')),
    sa.UniqueConstraint('payment', name=op.f('uq_top_ups_payment'))
    )
    op.create_index('ix_top_ups_open', 'top_ups', ['business_id', 'created_at'], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table('billing_events',
    sa.Column('id', sa.String(length=255), nullable=False),
    sa.Column('type', sa.String(length=100), nullable=False),
    sa.Column('about', sa.String(length=255), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('problem', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_billing_events'))
    )
    op.create_index(op.f('ix_billing_events_created_at'), 'billing_events', ['created_at'])
    op.create_index(
        'ix_billing_events_set_aside', 'billing_events', ['received_at'],
        sqlite_where=SET_ASIDE, postgresql_where=SET_ASIDE,
    )


def downgrade() -> None:
    for table in ('billing_events', 'top_ups', 'saved_cards', 'billing_accounts'):
        op.drop_table(table)
