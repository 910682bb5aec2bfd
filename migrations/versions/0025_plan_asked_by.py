"""who has asked the provider for a change of the plan that has not been read from there yet"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('billing_accounts', sa.Column('plan_asked_by', sa.String(length=32), nullable=True))
    op.add_column('billing_accounts', sa.Column('plan_asked_at', UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('billing_accounts', 'plan_asked_at')
    op.drop_column('billing_accounts', 'plan_asked_by')
