"""changes that nobody made are automatic"""

from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a user, these two sources came from jobs and the payment provider; the operator and keys have their own.
    op.execute("UPDATE activity SET source = 'automatic' WHERE user_id IS NULL AND source IN ('web', 'provider')")


def downgrade() -> None:
    op.execute("UPDATE activity SET source = 'web' WHERE source = 'automatic'")
