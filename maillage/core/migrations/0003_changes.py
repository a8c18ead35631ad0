"""One log of what rows were, and the trigger function that writes it: it knows no table's columns."""

from django.db import migrations, models

import maillage.core.choices

KEEP = """
CREATE FUNCTION core_keep_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
BEGIN
    IF TG_NARGS > 0 THEN  -- columns that do not count
        was := was - TG_ARGV;
        IF TG_OP = 'UPDATE' AND was = to_jsonb(NEW) - TG_ARGV THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO core_change ("table", row_id, at, done, action, account_id, before)
    VALUES (TG_TABLE_NAME, coalesce(OLD.id, NEW.id), now(), lower(TG_OP),
            coalesce(current_setting('maillage.action', true), ''),
            nullif(current_setting('maillage.account', true), '')::bigint, was);
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=63)),
                ("row_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "done",
                    maillage.core.choices.Choice(
                        choices=[("insert", "Made"), ("update", "Updated"), ("delete", "Removed")], max_length=6
                    ),
                ),
                ("action", models.CharField(blank=True, max_length=120)),
                ("account_id", models.BigIntegerField(blank=True, null=True)),
                ("before", models.JSONField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(models.F("table"), models.F("row_id"), models.F("id"), name="change_of_a_row")
                ],
            },
        ),
        migrations.RunSQL(KEEP),
    ]
