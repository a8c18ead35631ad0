import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0007_watch"),
        ("directory", "0006_past_situations"),
        ("funding", "0002_stream_retired"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuccessionBuyer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("interested", "intéressé"),
                            ("met", "rencontré"),
                            ("offer", "offre déposée"),
                            ("chosen", "retenu"),
                            ("gone", "désisté"),
                        ],
                        default="interested",
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("added_on", models.DateField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["added_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SuccessionBuyerEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("interested", "intéressé"),
                            ("met", "rencontré"),
                            ("offer", "offre déposée"),
                            ("chosen", "retenu"),
                            ("gone", "désisté"),
                        ],
                        default="interested",
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("added_on", models.DateField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SuccessionCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("0", "aucun employé"),
                            ("1-4", "1 à 4 employés"),
                            ("5-19", "5 à 19 employés"),
                            ("20-49", "20 à 49 employés"),
                            ("50-99", "50 à 99 employés"),
                            ("100-249", "100 à 249 employés"),
                            ("250+", "250 employés et plus"),
                        ],
                        max_length=8,
                    ),
                ),
                ("seller", models.CharField(blank=True, help_text="Who hands over.", max_length=160)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unknown", "à déterminer"),
                            ("family", "relève familiale"),
                            ("employees", "par des employés"),
                            ("coop", "en coopérative"),
                            ("external", "repreneur externe"),
                            ("merger", "regroupement d'entreprises"),
                        ],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("aware", "prise de conscience"),
                            ("prepared", "préparation"),
                            ("valued", "évaluation"),
                            ("search", "recherche de relève"),
                            ("talks", "négociation"),
                            ("financing", "montage financier"),
                            ("transferred", "transférée"),
                            ("stopped", "arrêtée"),
                        ],
                        default="aware",
                        max_length=12,
                    ),
                ),
                ("opened_on", models.DateField()),
                ("wanted_by", models.DateField(blank=True, null=True)),
                ("ended_on", models.DateField(blank=True, null=True)),
                ("jobs", models.PositiveIntegerField(blank=True, help_text="Jobs at stake.", null=True)),
                ("summary", models.TextField(blank=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-opened_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SuccessionCaseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("0", "aucun employé"),
                            ("1-4", "1 à 4 employés"),
                            ("5-19", "5 à 19 employés"),
                            ("20-49", "20 à 49 employés"),
                            ("50-99", "50 à 99 employés"),
                            ("100-249", "100 à 249 employés"),
                            ("250+", "250 employés et plus"),
                        ],
                        max_length=8,
                    ),
                ),
                ("seller", models.CharField(blank=True, help_text="Who hands over.", max_length=160)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unknown", "à déterminer"),
                            ("family", "relève familiale"),
                            ("employees", "par des employés"),
                            ("coop", "en coopérative"),
                            ("external", "repreneur externe"),
                            ("merger", "regroupement d'entreprises"),
                        ],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("aware", "prise de conscience"),
                            ("prepared", "préparation"),
                            ("valued", "évaluation"),
                            ("search", "recherche de relève"),
                            ("talks", "négociation"),
                            ("financing", "montage financier"),
                            ("transferred", "transférée"),
                            ("stopped", "arrêtée"),
                        ],
                        default="aware",
                        max_length=12,
                    ),
                ),
                ("opened_on", models.DateField()),
                ("wanted_by", models.DateField(blank=True, null=True)),
                ("ended_on", models.DateField(blank=True, null=True)),
                ("jobs", models.PositiveIntegerField(blank=True, help_text="Jobs at stake.", null=True)),
                ("summary", models.TextField(blank=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SuccessionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "from_stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("aware", "prise de conscience"),
                            ("prepared", "préparation"),
                            ("valued", "évaluation"),
                            ("search", "recherche de relève"),
                            ("talks", "négociation"),
                            ("financing", "montage financier"),
                            ("transferred", "transférée"),
                            ("stopped", "arrêtée"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "to_stage",
                    models.CharField(
                        choices=[
                            ("aware", "prise de conscience"),
                            ("prepared", "préparation"),
                            ("valued", "évaluation"),
                            ("search", "recherche de relève"),
                            ("talks", "négociation"),
                            ("financing", "montage financier"),
                            ("transferred", "transférée"),
                            ("stopped", "arrêtée"),
                        ],
                        max_length=12,
                    ),
                ),
                ("changed_on", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("noted_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["changed_on", "pk"],
            },
        ),
        migrations.AddField(
            model_name="successionbuyer",
            name="enterprise",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.organisation",
            ),
        ),
        migrations.AddField(
            model_name="successionbuyerevent",
            name="enterprise",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.organisation",
            ),
        ),
        migrations.AddField(
            model_name="successionbuyerevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="successionbuyerevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="accompaniment.successionbuyer",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="adviser",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.person",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="agreement",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="funding.agreement",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="mrc",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.territory",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="organisation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.organisation",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="region",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.territory",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.sector",
            ),
        ),
        migrations.AddField(
            model_name="successioncase",
            name="stream",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="funding.stream",
            ),
        ),
        migrations.AddField(
            model_name="successionbuyerevent",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accompaniment.successioncase",
            ),
        ),
        migrations.AddField(
            model_name="successionbuyer",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="buyers", to="accompaniment.successioncase"
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="adviser",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.person",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="agreement",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="funding.agreement",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="enterprise",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.organisation",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="mrc",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.territory",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.organisation",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="accompaniment.successioncase",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="region",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.territory",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="sector",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="directory.sector",
            ),
        ),
        migrations.AddField(
            model_name="successioncaseevent",
            name="stream",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="funding.stream",
            ),
        ),
        migrations.AddField(
            model_name="successionchange",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="successionchange",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="accompaniment.successioncase"
            ),
        ),
        migrations.AddIndex(
            model_name="successioncase",
            index=models.Index(fields=["organisation", "opened_on"], name="succession_org_day"),
        ),
        migrations.AddConstraint(
            model_name="successioncase",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_on", None), ("ended_on__gte", models.F("opened_on")), _connector="OR"),
                name="succession_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="successioncase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on__isnull", False), ("stage__in", ["transferred", "stopped"])),
                    models.Q(models.Q(("stage__in", ["transferred", "stopped"]), _negated=True), ("ended_on", None)),
                    _connector="OR",
                ),
                name="succession_end_has_a_day",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="successioncase",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_successioncaseevent" ("adviser_id", "agreement_id", "cancel_reason", "cancelled_at", "created_at", "ended_on", "enterprise_id", "id", "is_demo", "jobs", "kind", "mrc_id", "opened_on", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "region_id", "sector_id", "seller", "size", "stage", "stream_id", "summary", "wanted_by") VALUES (NEW."adviser_id", NEW."agreement_id", NEW."cancel_reason", NEW."cancelled_at", NEW."created_at", NEW."ended_on", NEW."enterprise_id", NEW."id", NEW."is_demo", NEW."jobs", NEW."kind", NEW."mrc_id", NEW."opened_on", NEW."organisation_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."region_id", NEW."sector_id", NEW."seller", NEW."size", NEW."stage", NEW."stream_id", NEW."summary", NEW."wanted_by"); RETURN NULL;',
                    hash="aac4cdd0edbcbdbe5c4e11f3d4f7ae1615b42303",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_22c92",
                    table="accompaniment_successioncase",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="successioncase",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_successioncaseevent" ("adviser_id", "agreement_id", "cancel_reason", "cancelled_at", "created_at", "ended_on", "enterprise_id", "id", "is_demo", "jobs", "kind", "mrc_id", "opened_on", "organisation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "region_id", "sector_id", "seller", "size", "stage", "stream_id", "summary", "wanted_by") VALUES (OLD."adviser_id", OLD."agreement_id", OLD."cancel_reason", OLD."cancelled_at", OLD."created_at", OLD."ended_on", OLD."enterprise_id", OLD."id", OLD."is_demo", OLD."jobs", OLD."kind", OLD."mrc_id", OLD."opened_on", OLD."organisation_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."region_id", OLD."sector_id", OLD."seller", OLD."size", OLD."stage", OLD."stream_id", OLD."summary", OLD."wanted_by"); RETURN NULL;',
                    hash="f5c54683e661afd51ee36661d8873e4e633c2359",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_87431",
                    table="accompaniment_successioncase",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="successionbuyer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_successionbuyerevent" ("added_on", "case_id", "email", "enterprise_id", "id", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "removed_at", "state") VALUES (NEW."added_on", NEW."case_id", NEW."email", NEW."enterprise_id", NEW."id", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."removed_at", NEW."state"); RETURN NULL;',
                    hash="484c61dd9e9b77c2f9ad2ee382f01cd8c6442141",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ffef8",
                    table="accompaniment_successionbuyer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="successionbuyer",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_successionbuyerevent" ("added_on", "case_id", "email", "enterprise_id", "id", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "removed_at", "state") VALUES (OLD."added_on", OLD."case_id", OLD."email", OLD."enterprise_id", OLD."id", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."removed_at", OLD."state"); RETURN NULL;',
                    hash="0ccf12909c816718691858f428cefd9d0953534e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_08ff8",
                    table="accompaniment_successionbuyer",
                    when="AFTER",
                ),
            ),
        ),
    ]
