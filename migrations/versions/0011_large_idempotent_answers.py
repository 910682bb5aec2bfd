"""large idempotent answers are counted

An answer that was still at work belongs to a process of the old version: it is given up.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

LARGE = sa.text('length(body) > 16384')


def upgrade() -> None:
    op.execute('DELETE FROM idempotent_answers WHERE status = 0')
    op.create_index(
        'ix_idempotent_answers_large', 'idempotent_answers', ['key_id'], sqlite_where=LARGE, postgresql_where=LARGE
    )


def downgrade() -> None:
    op.drop_index('ix_idempotent_answers_large', 'idempotent_answers')
