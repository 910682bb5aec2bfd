"""completed calls of at least some lengths, counted with each day, so that a report at another threshold need not add up
single seconds"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

LENGTHS = (30, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1800, 3600)


def upgrade() -> None:
    for seconds in LENGTHS:
        op.add_column('day_counts', sa.Column(f'reached_{seconds}', sa.Integer(), nullable=False, server_default='0'))
    sums = ', '.join(
        f'reached_{seconds} = coalesce((SELECT sum(completed) FROM duration_counts AS d'
        ' WHERE d.business_id = day_counts.business_id AND d.day = day_counts.day AND d.source = day_counts.source'
        f' AND d.duration_s >= {seconds}), 0)'
        for seconds in LENGTHS
    )
    op.execute(f'UPDATE day_counts SET {sums}')


def downgrade() -> None:
    for seconds in LENGTHS:
        op.drop_column('day_counts', f'reached_{seconds}')
