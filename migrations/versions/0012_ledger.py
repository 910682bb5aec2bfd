"""the ledger"""

import sqlalchemy as sa
from alembic import op

from settings_ui.models.base import UtcDateTime

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KINDS = "kind in ('top_up', 'usage', 'refund', 'refund_failed', 'dispute', 'dispute_won', 'adjustment')"
ACCOUNTS = "account in ('balance', 'usage', 'payments', 'adjustments')"
SQLITE = [
    """CREATE TRIGGER ledger_transactions_no_update BEFORE UPDATE ON ledger_transactions BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_transactions_no_delete BEFORE DELETE ON ledger_transactions BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_transactions_whole BEFORE INSERT ON ledger_transactions WHEN NOT (SELECT count(*) >= 2 AND sum(amount_micros) = 0 AND min(business_id) = NEW.business_id
        AND max(business_id) = NEW.business_id FROM ledger_entries WHERE transaction_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the entries of a transaction sum to zero and are written before it'); END""",
    """CREATE TRIGGER ledger_entries_before BEFORE INSERT ON ledger_entries WHEN EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id) BEGIN SELECT RAISE(ABORT, 'the entries of a transaction sum to zero and are written before it'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE FUNCTION ledger_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT (SELECT count(*) >= 2 AND sum(amount_micros) = 0 AND min(business_id) = NEW.business_id
        AND max(business_id) = NEW.business_id FROM ledger_entries WHERE transaction_id = NEW.id) THEN RAISE EXCEPTION 'the entries of a transaction sum to zero and are written before it' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$""",
    """CREATE FUNCTION ledger_before() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id) THEN RAISE EXCEPTION 'the entries of a transaction sum to zero and are written before it' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER ledger_transactions_no_change BEFORE UPDATE OR DELETE ON ledger_transactions FOR EACH ROW EXECUTE FUNCTION ledger_refuse()""",
    """CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_refuse()""",
    """CREATE TRIGGER ledger_transactions_whole BEFORE INSERT ON ledger_transactions FOR EACH ROW EXECUTE FUNCTION ledger_whole()""",
    """CREATE TRIGGER ledger_entries_before BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_before()""",
]


def upgrade() -> None:
    op.create_table('ledger_balances',
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('transactions', sa.BigInteger(), nullable=False),
    sa.Column('balance_micros', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_ledger_balances_business_id_businesses')),
    sa.PrimaryKeyConstraint('business_id', name=op.f('pk_ledger_balances'))
    )
    op.create_table('ledger_transactions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('idempotency_key', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('amount_micros', sa.BigInteger(), nullable=False),
    sa.Column('balance_micros', sa.BigInteger(), nullable=False),
    sa.Column('description', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=255), nullable=True),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.CheckConstraint(KINDS, name=op.f('ck_ledger_transactions_kind')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_ledger_transactions_business_id_businesses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_transactions')),
    sa.UniqueConstraint('business_id', 'idempotency_key', name=op.f('uq_ledger_transactions_business_id_idempotency_key')),
    sa.UniqueConstraint('business_id', 'number', name=op.f('uq_ledger_transactions_business_id_number'))
    )
    op.create_index(op.f('ix_ledger_transactions_business_id_kind_at'), 'ledger_transactions', ['business_id', 'kind', 'at'])
    op.create_table('ledger_entries',
    sa.Column('transaction_id', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=16), nullable=False),
    sa.Column('business_id', sa.String(length=32), nullable=False),
    sa.Column('amount_micros', sa.BigInteger(), nullable=False),
    sa.CheckConstraint(ACCOUNTS, name=op.f('ck_ledger_entries_account')),
    sa.CheckConstraint('amount_micros <> 0', name=op.f('ck_ledger_entries_amount')),
    sa.ForeignKeyConstraint(['business_id'], ['businesses.id'], name=op.f('fk_ledger_entries_business_id_businesses')),
    sa.ForeignKeyConstraint(['transaction_id'], ['ledger_transactions.id'], name=op.f('fk_ledger_entries_transaction_id_ledger_transactions'), initially='DEFERRED', deferrable=True),
    sa.PrimaryKeyConstraint('transaction_id', 'account', name=op.f('pk_ledger_entries'))
    )
    op.create_index(op.f('ix_ledger_entries_business_id_account'), 'ledger_entries', ['business_id', 'account'])
    for trigger in SQLITE if op.get_bind().dialect.name == 'sqlite' else POSTGRESQL:
        op.execute(trigger)


def downgrade() -> None:
    op.drop_table('ledger_entries')
    op.drop_table('ledger_transactions')
    op.drop_table('ledger_balances')
    if op.get_bind().dialect.name != 'sqlite':
        for name in ('ledger_refuse', 'ledger_whole', 'ledger_before'):
            op.execute(f'DROP FUNCTION {name}()')
