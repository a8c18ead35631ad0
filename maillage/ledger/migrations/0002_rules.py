"""What keeps the books true, in the database: balanced at commit, append-only, one book a transaction; and `ledger_post`.

A transaction is checked once, when the database transaction commits, whatever its number of entries: one sum by
transaction rather than one by entry. Three things make this complete:
- a transaction without entries, or whose entries do not sum to zero, is refused at commit (deferred constraint trigger);
- entries are accepted only from the database transaction that wrote their transaction, and only until it was checked
  (a statement trigger, which reads the new rows together);
- entries, transactions and accounts are never updated nor deleted. TRUNCATE is refused too, but in a database whose name
  begins with `test_`, which is emptied between tests.

Entries keep their two foreign keys in the models, and no constraint of their own: the trigger that reads the new entries
together refuses one without its transaction, or whose account is not one of that transaction's book, and neither
transactions nor accounts ever leave. An account keeps its key and its party: entries name it without a foreign key.
"""

from django.db import migrations

RULES = """
CREATE FUNCTION ledger_entries_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed bigint := coalesce(nullif(current_setting('maillage.ledger_sealed', true), ''), '0')::bigint;
    wrong bigint;
    posted boolean;
BEGIN
    SELECT w.transaction_id, a.id IS NOT NULL INTO wrong, posted
      FROM written w
      LEFT JOIN ledger_transaction t ON t.id = w.transaction_id
      LEFT JOIN ledger_ledgeraccount a ON a.id = w.account_id AND a.book_id = t.book_id
     WHERE a.id IS NULL OR t.xact <> (pg_current_xact_id()::text)::bigint OR t.id <= sealed LIMIT 1;
    IF posted THEN
        RAISE EXCEPTION 'ledger: transaction % is posted and takes no more entries', wrong USING ERRCODE = '23514';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % has an entry in an account of another book', wrong USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entries_written AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_written();

CREATE FUNCTION ledger_transaction_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entries bigint;
    total numeric;
    closed date;
    sealed text := coalesce(nullif(current_setting('maillage.ledger_sealed', true), ''), '0');
BEGIN
    -- Closing a period locks the book's row: what was read before waits here and reads the new date.
    SELECT b.locked_through, e.entries, e.total INTO closed, entries, total
      FROM ledger_book b,
           LATERAL (SELECT count(*) AS entries, sum(amount) AS total FROM ledger_entry
                     WHERE transaction_id = NEW.id) e
     WHERE b.id = NEW.book_id FOR KEY SHARE OF b;
    IF entries = 0 THEN
        RAISE EXCEPTION 'ledger: transaction % has no entries', NEW.id USING ERRCODE = '23514';
    ELSIF total <> 0 THEN
        RAISE EXCEPTION 'ledger: transaction % does not balance (%)', NEW.id, total USING ERRCODE = '23514';
    ELSIF NEW.occurred_on <= closed THEN
        RAISE EXCEPTION 'ledger: the book is closed through %', closed USING ERRCODE = '23514';
    END IF;
    IF NEW.id > sealed::bigint THEN
        sealed := set_config('maillage.ledger_sealed', NEW.id::text, true);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balanced();

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % on % is refused; post a reversal', TG_OP, TG_TABLE_NAME USING ERRCODE = '23001';
END $$;

CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_append_only BEFORE DELETE ON ledger_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_account_stays BEFORE UPDATE OF id, book_id, kind, person_id, organisation_id
    ON ledger_ledgeraccount FOR EACH ROW
    WHEN ((OLD.id, OLD.book_id, OLD.kind, OLD.person_id, OLD.organisation_id)
          IS DISTINCT FROM (NEW.id, NEW.book_id, NEW.kind, NEW.person_id, NEW.organisation_id))
    EXECUTE FUNCTION ledger_append_only();

CREATE TRIGGER ledger_not_emptied BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT WHEN (left(current_database()::text, 5) <> 'test_') EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_not_emptied BEFORE TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT WHEN (left(current_database()::text, 5) <> 'test_') EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_not_emptied BEFORE TRUNCATE ON ledger_ledgeraccount
    FOR EACH STATEMENT WHEN (left(current_database()::text, 5) <> 'test_') EXECUTE FUNCTION ledger_append_only();

CREATE FUNCTION ledger_accounts(p_book bigint, kinds text[], people bigint[], organisations bigint[])
RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(
        CASE
            WHEN l.person IS NOT NULL THEN
                (SELECT a.id FROM ledger_ledgeraccount a WHERE a.book_id = p_book AND a.kind = l.kind
                    AND a.person_id = l.person AND a.organisation_id IS NULL)
            WHEN l.organisation IS NOT NULL THEN
                (SELECT a.id FROM ledger_ledgeraccount a WHERE a.book_id = p_book AND a.kind = l.kind
                    AND a.person_id IS NULL AND a.organisation_id = l.organisation)
            ELSE
                (SELECT a.id FROM ledger_ledgeraccount a WHERE a.book_id = p_book AND a.kind = l.kind
                    AND a.person_id IS NULL AND a.organisation_id IS NULL)
        END ORDER BY l.ord)
    FROM unnest(kinds, people, organisations) WITH ORDINALITY AS l(kind, person, organisation, ord)
$$;

CREATE FUNCTION ledger_accounts_made(p_book bigint, kinds text[], people bigint[], organisations bigint[])
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    accounts bigint[] := ledger_accounts(p_book, kinds, people, organisations);
BEGIN
    IF array_position(accounts, NULL) IS NOT NULL THEN
        -- In one order for everybody, so that two posters never wait for each other.
        INSERT INTO ledger_ledgeraccount (public_id, book_id, kind, person_id, organisation_id)
        SELECT gen_random_uuid(), p_book, m.kind, m.person, m.organisation FROM (
            SELECT DISTINCT l.kind, l.person, l.organisation
              FROM unnest(kinds, people, organisations, accounts) AS l(kind, person, organisation, account)
             WHERE l.account IS NULL) m
        ORDER BY m.kind, m.person, m.organisation
        ON CONFLICT DO NOTHING;
        accounts := ledger_accounts(p_book, kinds, people, organisations);
    END IF;
    RETURN accounts;
END $$;

CREATE FUNCTION ledger_post(
    p_book bigint, p_key text, p_on date, p_memo text, p_by bigint, p_reverses bigint, p_public uuid,
    kinds text[], people bigint[], organisations bigint[], amounts numeric[],
    OUT o_id bigint, OUT o_posted timestamptz, OUT o_closed date
) LANGUAGE plpgsql AS $$
DECLARE
    accounts bigint[];
    through date;
BEGIN
    SELECT b.locked_through, ARRAY(
        SELECT CASE
            WHEN l.person IS NOT NULL THEN
                (SELECT a.id FROM ledger_ledgeraccount a WHERE a.book_id = p_book AND a.kind = l.kind
                    AND a.person_id = l.person AND a.organisation_id IS NULL)
            WHEN l.organisation IS NOT NULL THEN
                (SELECT a.id FROM ledger_ledgeraccount a WHERE a.book_id = p_book AND a.kind = l.kind
                    AND a.person_id IS NULL AND a.organisation_id = l.organisation)
            ELSE
                (SELECT a.id FROM ledger_ledgeraccount a WHERE a.book_id = p_book AND a.kind = l.kind
                    AND a.person_id IS NULL AND a.organisation_id IS NULL)
            END
          FROM unnest(kinds, people, organisations) WITH ORDINALITY AS l(kind, person, organisation, ord)
         ORDER BY l.ord)
      INTO through, accounts FROM ledger_book b WHERE b.id = p_book;
    IF through >= p_on THEN
        o_closed := through;
        RETURN;
    END IF;
    IF array_position(accounts, NULL) IS NOT NULL THEN
        accounts := ledger_accounts_made(p_book, kinds, people, organisations);
    END IF;
    WITH made AS (
        INSERT INTO ledger_transaction (public_id, book_id, key, occurred_on, posted_at, memo, by_id, reverses_id)
        VALUES (p_public, p_book, p_key, p_on, clock_timestamp(), p_memo, p_by, p_reverses)
        ON CONFLICT DO NOTHING RETURNING id, posted_at
    ),
    entries AS (
        INSERT INTO ledger_entry (transaction_id, account_id, amount)
        SELECT made.id, l.account, l.amount FROM made, unnest(accounts, amounts) AS l(account, amount)
    )
    SELECT made.id, made.posted_at INTO o_id, o_posted FROM made;
END $$;
"""


class Migration(migrations.Migration):
    replaces = [
        ("ledger", "0003_posting"),
        ("ledger", "0005_lighter_posting"),
        ("ledger", "0006_accounts_stay"),
    ]
    dependencies = [
        ("ledger", "0001_tables"),
    ]
    operations = [migrations.RunSQL(RULES)]
