"""callers of any kind, as networks send them"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PostgreSQL changes only its catalogue; SQLite checks no lengths, and would copy all calls.
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column('calls', 'from_number', type_=sa.String(length=64))


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column('calls', 'from_number', type_=sa.String(length=16), postgresql_using='left(from_number, 16)')
