"""the durations of the last thirty days as one sum, filled when somebody looks"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('businesses', sa.Column('recent_since', sa.Date(), nullable=True))
    op.create_table('recent_durations',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('duration_s', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('completed', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_recent_durations_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', 'duration_s', 'source', name=op.f('pk_recent_durations')),
    sqlite_with_rowid=False
    )


def downgrade() -> None:
    op.drop_table('recent_durations')
    op.drop_column('businesses', 'recent_since')
