import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0006_target_markets_and_plans"),
        ("directory", "0006_past_situations"),
        ("funding", "0002_stream_retired"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="WatchDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="WatchSignal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("noted_on", models.DateField()),
                ("title", models.CharField(max_length=200)),
                ("source", models.URLField(blank=True, max_length=400)),
                ("summary", models.TextField(blank=True)),
                ("meaning", models.TextField(blank=True, help_text="What it changes for the enterprises.")),
                (
                    "weight",
                    models.CharField(
                        choices=[("info", "à savoir"), ("important", "important"), ("urgent", "à traiter vite")],
                        default="info",
                        max_length=10,
                    ),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-noted_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchSignalEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("noted_on", models.DateField()),
                ("title", models.CharField(max_length=200)),
                ("source", models.URLField(blank=True, max_length=400)),
                ("summary", models.TextField(blank=True)),
                ("meaning", models.TextField(blank=True, help_text="What it changes for the enterprises.")),
                (
                    "weight",
                    models.CharField(
                        choices=[("info", "à savoir"), ("important", "important"), ("urgent", "à traiter vite")],
                        default="info",
                        max_length=10,
                    ),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WatchSubscription",
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
                ("email", models.EmailField(max_length=254)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-during", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchSubscriptionEvent",
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
                ("email", models.EmailField(max_length=254)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WatchTopic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("question", models.TextField(blank=True)),
                ("sources", models.TextField(blank=True)),
                ("retired_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["title"],
            },
        ),
        migrations.AddField(
            model_name="watchsignal",
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
            model_name="watchdelivery",
            name="signal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="accompaniment.watchsignal"
            ),
        ),
        migrations.AddField(
            model_name="watchsignalevent",
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
            model_name="watchsignalevent",
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
            model_name="watchsignalevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="accompaniment.watchsignal",
            ),
        ),
        migrations.AddField(
            model_name="watchsubscription",
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
            model_name="watchsubscription",
            name="enterprise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
            ),
        ),
        migrations.AddField(
            model_name="watchsubscription",
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
            model_name="watchsubscription",
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
            model_name="watchsubscription",
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
            model_name="watchdelivery",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="accompaniment.watchsubscription",
            ),
        ),
        migrations.AddField(
            model_name="watchsubscriptionevent",
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
            model_name="watchsubscriptionevent",
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
            model_name="watchsubscriptionevent",
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
            model_name="watchsubscriptionevent",
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
            model_name="watchsubscriptionevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="accompaniment.watchsubscription",
            ),
        ),
        migrations.AddField(
            model_name="watchsubscriptionevent",
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
            model_name="watchsubscriptionevent",
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
            model_name="watchtopic",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
            ),
        ),
        migrations.AddField(
            model_name="watchtopic",
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
            model_name="watchsubscriptionevent",
            name="topic",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accompaniment.watchtopic",
            ),
        ),
        migrations.AddField(
            model_name="watchsubscription",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="accompaniment.watchtopic"
            ),
        ),
        migrations.AddField(
            model_name="watchsignalevent",
            name="topic",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accompaniment.watchtopic",
            ),
        ),
        migrations.AddField(
            model_name="watchsignal",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="signals", to="accompaniment.watchtopic"
            ),
        ),
        migrations.AddConstraint(
            model_name="watchdelivery",
            constraint=models.UniqueConstraint(fields=("signal", "subscription"), name="watch_delivery_once"),
        ),
        migrations.AddConstraint(
            model_name="watchtopic",
            constraint=models.UniqueConstraint(fields=("organisation", "title"), name="watch_topic_once"),
        ),
        migrations.AddConstraint(
            model_name="watchsubscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("during__endswith__isnull", False),
                    ("during__isempty", False),
                    ("during__startswith__isnull", False),
                ),
                name="watch_subscription_has_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="watchsubscription",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("stopped_at", None)),
                expressions=[("topic", "="), ("enterprise", "="), ("during", "&&")],
                name="watch_subscription_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watchsubscription",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_watchsubscriptionevent" ("adviser_id", "created_at", "during", "email", "enterprise_id", "id", "is_demo", "mrc_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "region_id", "sector_id", "size", "stopped_at", "topic_id") VALUES (NEW."adviser_id", NEW."created_at", NEW."during", NEW."email", NEW."enterprise_id", NEW."id", NEW."is_demo", NEW."mrc_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."region_id", NEW."sector_id", NEW."size", NEW."stopped_at", NEW."topic_id"); RETURN NULL;',
                    hash="34b7a1751d51b6f86374c097feba4e88c66c5c04",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ed695",
                    table="accompaniment_watchsubscription",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watchsubscription",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_watchsubscriptionevent" ("adviser_id", "created_at", "during", "email", "enterprise_id", "id", "is_demo", "mrc_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "region_id", "sector_id", "size", "stopped_at", "topic_id") VALUES (OLD."adviser_id", OLD."created_at", OLD."during", OLD."email", OLD."enterprise_id", OLD."id", OLD."is_demo", OLD."mrc_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."region_id", OLD."sector_id", OLD."size", OLD."stopped_at", OLD."topic_id"); RETURN NULL;',
                    hash="3bb4cdfd50337e52296aeba8625078add402270e",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_767e8",
                    table="accompaniment_watchsubscription",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="watchsignal",
            index=models.Index(fields=["topic", "-noted_on"], name="watch_signal_day"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watchsignal",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accompaniment_watchsignalevent" ("adviser_id", "id", "is_demo", "meaning", "noted_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "removed_at", "sent_at", "source", "summary", "title", "topic_id", "weight") VALUES (NEW."adviser_id", NEW."id", NEW."is_demo", NEW."meaning", NEW."noted_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."removed_at", NEW."sent_at", NEW."source", NEW."summary", NEW."title", NEW."topic_id", NEW."weight"); RETURN NULL;',
                    hash="af698eda7e35d863e55abb36e2c347afb198104a",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_92a3e",
                    table="accompaniment_watchsignal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="watchsignal",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accompaniment_watchsignalevent" ("adviser_id", "id", "is_demo", "meaning", "noted_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "removed_at", "sent_at", "source", "summary", "title", "topic_id", "weight") VALUES (OLD."adviser_id", OLD."id", OLD."is_demo", OLD."meaning", OLD."noted_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."removed_at", OLD."sent_at", OLD."source", OLD."summary", OLD."title", OLD."topic_id", OLD."weight"); RETURN NULL;',
                    hash="5f26b9388d362a34267fde186042b1a481ae8253",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_4b657",
                    table="accompaniment_watchsignal",
                    when="AFTER",
                ),
            ),
        ),
    ]
