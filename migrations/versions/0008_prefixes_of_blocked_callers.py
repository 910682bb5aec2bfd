"""prefixes of blocked callers"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

PREFIXES = sa.text("removed_at IS NULL AND rtrim(pattern, '*') <> pattern")


def upgrade() -> None:
    op.create_index('ix_blocked_callers_prefixes', 'blocked_callers', ['business_id', 'pattern'], unique=False, sqlite_where=PREFIXES, postgresql_where=PREFIXES)


def downgrade() -> None:
    op.drop_index('ix_blocked_callers_prefixes', 'blocked_callers')
