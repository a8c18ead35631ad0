import uuid

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import maillage.core.models


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0005_removed_deliverables"),
        ("directory", "0006_past_situations"),
        ("funding", "0002_stream_retired"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MarketCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MarketScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="MarketScoreEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("points", models.PositiveSmallIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MarketStudy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlanSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("hint", models.CharField(blank=True, max_length=300)),
                ("body", models.TextField(blank=True)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PlanSectionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("hint", models.CharField(blank=True, max_length=300)),
                ("body", models.TextField(blank=True)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlanStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=200)),
                ("who", models.CharField(blank=True, max_length=120)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("cost", maillage.core.models.Money(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("done_on", models.DateField(blank=True, null=True)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="TargetMarket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("chosen", models.BooleanField(default=False)),
                ("order", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.AddField(
            model_name="exportplan",
            name="deliverable",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="plan", to="accompaniment.deliverable"
            ),
        ),
        migrations.AddField(
            model_name="marketscore",
            name="criterion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="accompaniment.marketcriterion"
            ),
        ),
        migrations.AddField(
            model_name="marketscoreevent",
            name="criterion",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accompaniment.marketcriterion",
            ),
        ),
        migrations.AddField(
            model_name="marketscoreevent",
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
            model_name="marketscoreevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="accompaniment.marketscore",
            ),
        ),
        migrations.AddField(
            model_name="marketstudy",
            name="mandate",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="market_study", to="accompaniment.mandate"
            ),
        ),
        migrations.AddField(
            model_name="marketcriterion",
            name="study",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="accompaniment.marketstudy"
            ),
        ),
        migrations.AddField(
            model_name="plansection",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="accompaniment.exportplan"
            ),
        ),
        migrations.AddField(
            model_name="plansectionevent",
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
            model_name="plansectionevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="accompaniment.plansection",
            ),
        ),
        migrations.AddField(
            model_name="plansectionevent",
            name="plan",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accompaniment.exportplan",
            ),
        ),
        migrations.AddField(
            model_name="planstep",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="accompaniment.exportplan"
            ),
        ),
        migrations.AddField(
            model_name="targetmarket",
            name="study",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="markets", to="accompaniment.marketstudy"
            ),
        ),
        migrations.AddField(
            model_name="marketscoreevent",
            name="market",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accompaniment.targetmarket",
            ),
        ),
        migrations.AddField(
            model_name="marketscore",
            name="market",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="accompaniment.targetmarket"
            ),
        ),
        migrations.AddConstraint(
            model_name="marketcriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gte", 1), ("weight__lte", 10)), name="market_criterion_weight"
            ),
        ),
        migrations.AddConstraint(
            model_name="marketcriterion",
            constraint=models.UniqueConstraint(fields=("study", "name"), name="market_criterion_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plansection",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_plansectionevent" ("body", "hint", "id", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "title") VALUES (NEW."body", NEW."hint", NEW."id", NEW."order", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."title"); RETURN NULL;',
                    hash="465bcdb11ce833c3e22ff71cff8acca5795776a5",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6dfd9",
                    table="accompaniment_plansection",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="plansection",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_plansectionevent" ("body", "hint", "id", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "title") VALUES (OLD."body", OLD."hint", OLD."id", OLD."order", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."title"); RETURN NULL;',
                    hash="eec979872bd1d2982f5f87c4e7fdcb57d02ad39c",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_f764f",
                    table="accompaniment_plansection",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="targetmarket",
            constraint=models.UniqueConstraint(fields=("study", "name"), name="target_market_once"),
        ),
        migrations.AddConstraint(
            model_name="marketscore",
            constraint=models.UniqueConstraint(fields=("criterion", "market"), name="market_score_once"),
        ),
        migrations.AddConstraint(
            model_name="marketscore",
            constraint=models.CheckConstraint(condition=models.Q(("points__lte", 5)), name="market_score_points"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="marketscore",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_marketscoreevent" ("criterion_id", "id", "market_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points") VALUES (NEW."criterion_id", NEW."id", NEW."market_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."points"); RETURN NULL;',
                    hash="3b90ee705c823014bce3125708feed3676d41f4a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bc558",
                    table="accompaniment_marketscore",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="marketscore",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_marketscoreevent" ("criterion_id", "id", "market_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "points") VALUES (OLD."criterion_id", OLD."id", OLD."market_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."points"); RETURN NULL;',
                    hash="3e28bce5e2ed7a460903b94676f20c3a397fcd2a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_7ea90",
                    table="accompaniment_marketscore",
                    when="AFTER",
                ),
            ),
        ),
    ]
