"""what usage cost at each price"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('usage_prices',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('price', sa.String(length=255), nullable=False),
    sa.Column('micros', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_usage_prices_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', 'price', name=op.f('pk_usage_prices')),
    sqlite_with_rowid=False
    )


def downgrade() -> None:
    op.drop_table('usage_prices')
