"""A merged organisation never points to another merged one: no chain, hence no cycle, whoever writes."""

from django.db import migrations

RULES = """
CREATE FUNCTION directory_no_merge_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.merged_into_id IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM directory_organisation WHERE id = NEW.merged_into_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM directory_organisation WHERE id = NEW.merged_into_id AND merged_into_id IS NOT NULL)
       OR EXISTS (SELECT 1 FROM directory_organisation WHERE merged_into_id = NEW.id) THEN
        RAISE EXCEPTION 'organisation % cannot be merged into %: a chain', NEW.id, NEW.merged_into_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organisation_no_merge_chain';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER organisation_no_merge_chain BEFORE INSERT OR UPDATE OF merged_into_id ON directory_organisation
    FOR EACH ROW EXECUTE FUNCTION directory_no_merge_chain();
"""


class Migration(migrations.Migration):
    replaces = [
        ("directory", "0003_merge_guard"),
    ]
    dependencies = [
        ("directory", "0001_tables"),
    ]
    operations = [migrations.RunSQL(RULES)]
