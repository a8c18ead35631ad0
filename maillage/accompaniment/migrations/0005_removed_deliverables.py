import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0004_signed_links"),
        ("directory", "0006_past_situations"),
        ("funding", "0002_stream_retired"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="deliverable",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="deliverable",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="deliverable",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="deliverableevent",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="document",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="deliverable",
            name="kind",
            field=models.CharField(
                choices=[
                    ("prediagnostic", "prédiagnostic"),
                    ("diagnostic", "diagnostic"),
                    ("market_study", "étude de marché"),
                    ("strategy", "stratégie"),
                    ("export_plan", "plan d'exportation"),
                    ("plan", "plan d'affaires"),
                    ("other", "autre"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="deliverableevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("prediagnostic", "prédiagnostic"),
                    ("diagnostic", "diagnostic"),
                    ("market_study", "étude de marché"),
                    ("strategy", "stratégie"),
                    ("export_plan", "plan d'exportation"),
                    ("plan", "plan d'affaires"),
                    ("other", "autre"),
                ],
                max_length=16,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deliverable",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_deliverableevent" ("created_at", "delivered_on", "due_on", "id", "kind", "mandate_id", "mrc_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "region_id", "removed_at", "sector_id", "size", "title") VALUES (NEW."created_at", NEW."delivered_on", NEW."due_on", NEW."id", NEW."kind", NEW."mandate_id", NEW."mrc_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."region_id", NEW."removed_at", NEW."sector_id", NEW."size", NEW."title"); RETURN NULL;',
                    hash="a7e903f0a3af93e291dc4e8efddd8ebf4f878f9d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_20f9f",
                    table="accompaniment_deliverable",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deliverable",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_deliverableevent" ("created_at", "delivered_on", "due_on", "id", "kind", "mandate_id", "mrc_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "region_id", "removed_at", "sector_id", "size", "title") VALUES (OLD."created_at", OLD."delivered_on", OLD."due_on", OLD."id", OLD."kind", OLD."mandate_id", OLD."mrc_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."region_id", OLD."removed_at", OLD."sector_id", OLD."size", OLD."title"); RETURN NULL;',
                    hash="0ca93843096667906bdb0e6297b44bbb06524b40",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2d7db",
                    table="accompaniment_deliverable",
                    when="AFTER",
                ),
            ),
        ),
    ]
