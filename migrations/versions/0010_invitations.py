"""invitations and changes of time zone"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

ROLES = "role in ('owner', 'admin', 'manager', 'viewer', 'publisher')"


def upgrade() -> None:
    op.create_table('invitations',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('email_folded', sa.String(length=320), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('invited_by', sa.String(length=32), nullable=False),
    sa.Column('secret_digest', sa.String(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('accepted_at', UtcDateTime(), nullable=True),
    sa.Column('withdrawn_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint(ROLES, name=op.f('ck_invitations_role')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_invitations_business_id_businesses')),
    sa.ForeignKeyConstraint(['invited_by'], ['users.id'], name=op.f('fk_invitations_invited_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations'))
    )
    op.create_index('ix_invitations_business_id_email_folded', 'invitations', ['business_id', 'email_folded'])
    op.add_column('businesses', sa.Column('recount_since', UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('businesses', 'recount_since')
    op.drop_index('ix_invitations_business_id_email_folded', 'invitations')
    op.drop_table('invitations')
