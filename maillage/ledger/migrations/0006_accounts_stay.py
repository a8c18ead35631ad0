"""An account keeps its key and its party too: entries name it without a foreign key, so nothing else would stop it."""

from django.db import migrations

FORWARD = """
DROP TRIGGER ledger_account_stays ON ledger_ledgeraccount;
CREATE TRIGGER ledger_account_stays BEFORE UPDATE OF id, book_id, kind, person_id, organisation_id
    ON ledger_ledgeraccount FOR EACH ROW
    WHEN ((OLD.id, OLD.book_id, OLD.kind, OLD.person_id, OLD.organisation_id)
          IS DISTINCT FROM (NEW.id, NEW.book_id, NEW.kind, NEW.person_id, NEW.organisation_id))
    EXECUTE FUNCTION ledger_append_only();
"""
BACKWARD = """
DROP TRIGGER ledger_account_stays ON ledger_ledgeraccount;
CREATE TRIGGER ledger_account_stays BEFORE UPDATE OF book_id, kind ON ledger_ledgeraccount
    FOR EACH ROW WHEN (OLD.book_id <> NEW.book_id OR OLD.kind <> NEW.kind) EXECUTE FUNCTION ledger_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_lighter_posting")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
