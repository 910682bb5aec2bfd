"""tickets, support staff, choices about mail"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mail_opt_outs',
    sa.Column('user_id', sa.String(length=32), nullable=False),
    sa.Column('notice', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_mail_opt_outs_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'notice', name=op.f('pk_mail_opt_outs'))
    )
    op.create_table('tickets',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=100), nullable=False),
    sa.Column('category', sa.String(length=16), nullable=False),
    sa.Column('priority', sa.String(length=16), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('status_since', UtcDateTime(), nullable=False),
    sa.Column('opened_by', sa.String(length=32), nullable=False),
    sa.Column('about', sa.JSON(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("category in ('billing', 'calls', 'numbers', 'api', 'account', 'payouts', 'other')", name=op.f('ck_tickets_category')),
    sa.CheckConstraint("priority in ('low', 'normal', 'high', 'urgent')", name=op.f('ck_tickets_priority')),
    sa.CheckConstraint("status in ('open', 'pending', 'solved', 'closed')", name=op.f('ck_tickets_status')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_tickets_business_id_businesses')),
    sa.ForeignKeyConstraint(['opened_by'], ['users.id'], name=op.f('fk_tickets_opened_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tickets')),
    sa.UniqueConstraint('business_id', 'number', name=op.f('uq_tickets_business_id_number'))
    )
    op.create_index('ix_tickets_business_id_updated_at_status', 'tickets', ['business_id', 'updated_at', 'status'])
    op.create_index('ix_tickets_status_status_since', 'tickets', ['status', 'status_since'])
    op.create_index('ix_tickets_updated_at_status', 'tickets', ['updated_at', 'status'])
    op.create_table('ticket_entries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('ticket_id', sa.String(length=32), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.String(length=32), nullable=False),
    sa.Column('staff', sa.Boolean(), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_ticket_entries_author_id_users')),
    sa.ForeignKeyConstraint(['ticket_id'], ['tickets.id'], name=op.f('fk_ticket_entries_ticket_id_tickets')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_entries')),
    sa.UniqueConstraint('ticket_id', 'place', name=op.f('uq_ticket_entries_ticket_id_place'))
    )
    op.create_table('ticket_attachments',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=True),
    sa.Column('uploaded_by', sa.String(length=32), nullable=False),
    sa.Column('entry_id', sa.String(length=32), nullable=True),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('media_type', sa.String(length=32), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_ticket_attachments_business_id_businesses')),
    sa.ForeignKeyConstraint(['entry_id'], ['ticket_entries.id'], name=op.f('fk_ticket_attachments_entry_id_ticket_entries')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['users.id'], name=op.f('fk_ticket_attachments_uploaded_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_attachments'))
    )
    op.create_index('ix_ticket_attachments_entry_id', 'ticket_attachments', ['entry_id'])
    op.create_index('ix_ticket_attachments_uploaded_by_at', 'ticket_attachments', ['uploaded_by', 'at'])
    op.add_column('api_keys', sa.Column('warned_days', sa.Integer(), nullable=True))
    op.add_column('users', sa.Column('staff_since', UtcDateTime(), nullable=True))



def downgrade() -> None:
    op.drop_column('users', 'staff_since')
    op.drop_column('api_keys', 'warned_days')
    op.drop_index('ix_ticket_attachments_uploaded_by_at', 'ticket_attachments')
    op.drop_index('ix_ticket_attachments_entry_id', 'ticket_attachments')
    op.drop_table('ticket_attachments')
    op.drop_table('ticket_entries')
    op.drop_index('ix_tickets_updated_at_status', 'tickets')
    op.drop_index('ix_tickets_status_status_since', 'tickets')
    op.drop_index('ix_tickets_business_id_updated_at_status', 'tickets')
    op.drop_table('tickets')
    op.drop_table('mail_opt_outs')
