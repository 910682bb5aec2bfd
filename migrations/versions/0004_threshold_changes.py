"""threshold changes"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('threshold_changes',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('user_id', sa.String(length=32), nullable=True),
    sa.Column('before_s', sa.Integer(), nullable=False),
    sa.Column('after_s', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_threshold_changes_business_id_businesses')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_threshold_changes_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_threshold_changes'))
    )
    with op.batch_alter_table('threshold_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_threshold_changes_business_id_at'), ['business_id', 'at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('threshold_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_threshold_changes_business_id_at'))

    op.drop_table('threshold_changes')
