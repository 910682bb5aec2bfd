"""which draft a ticket or a reply was, so that one that is sent again is found"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('ticket_entries', sa.Column('draft', sa.String(length=64), nullable=True))
    op.add_column('ticket_entries', sa.Column('content', sa.String(length=64), nullable=True))
    op.create_index('ix_ticket_entries_author_id_draft', 'ticket_entries', ['author_id', 'draft'], unique=True)


def downgrade() -> None:
    op.drop_index('ix_ticket_entries_author_id_draft', table_name='ticket_entries')
    op.drop_column('ticket_entries', 'content')
    op.drop_column('ticket_entries', 'draft')
