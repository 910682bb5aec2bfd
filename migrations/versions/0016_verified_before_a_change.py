"""what was verified before a change of login email

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision: str = '0016'
down_revision: str | None = '0015'


def upgrade() -> None:
    op.add_column('email_changes', sa.Column('old_verified_at', UtcDateTime(), nullable=True))
    # An account is made with a verified address; one that was changed to may never have been verified.
    op.execute(
        'update email_changes set old_verified_at = created_at where not exists (select 1 from email_changes other '
        'where other.user_id = email_changes.user_id and other.new_folded = email_changes.old_folded)'
    )


def downgrade() -> None:
    op.drop_column('email_changes', 'old_verified_at')
