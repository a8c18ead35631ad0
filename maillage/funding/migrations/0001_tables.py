import uuid

import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import maillage.core.choices
import maillage.core.models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("funding", "0001_initial"),
        ("funding", "0002_stream_retired"),
        ("funding", "0003_instalments_and_accounts"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Funder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("federal", "gouvernement fédéral"),
                            ("provincial", "gouvernement du Québec"),
                            ("local", "MRC ou municipalité"),
                            ("foundation", "fondation"),
                            ("private", "entreprise ou donateur"),
                            ("other", "autre"),
                        ],
                        default="other",
                        max_length=12,
                    ),
                ),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["organisation__name"],
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                ("retired_on", models.DateField(blank=True, null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="stream_key", nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("number", models.CharField(blank=True, max_length=60)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "fiscal_month",
                    models.PositiveSmallIntegerField(
                        default=4,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                ("amount", maillage.core.models.Money(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("notes", models.TextField(blank=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("excludes", models.ManyToManyField(blank=True, to="funding.agreement")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "funder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="funding.funder"
                    ),
                ),
                ("streams", models.ManyToManyField(blank=True, related_name="agreements", to="funding.stream")),
            ],
            options={
                "ordering": ["-during", "title"],
                "indexes": [
                    models.Index(fields=["organisation", "funder"], name="funding_agr_organis_901a63_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("fiscal_month__gte", 1), ("fiscal_month__lte", 12)),
                        name="agreement_fiscal_month",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount", None), ("amount__gte", 0), _connector="OR"),
                        name="agreement_amount_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("during__startswith__isnull", False), ("during__isempty", False)),
                        name="agreement_has_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Accountability",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("activity", "rapport d'activité"),
                            ("financial", "rapport financier"),
                            ("final", "rapport final"),
                            ("other", "autre"),
                        ],
                        default="activity",
                        max_length=10,
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=120)),
                ("due_on", models.DateField()),
                (
                    "remind_days",
                    models.PositiveSmallIntegerField(
                        default=21, validators=[django.core.validators.MaxValueValidator(120)]
                    ),
                ),
                ("given_on", models.DateField(blank=True, null=True)),
                ("reminded_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="accounts", to="funding.agreement"
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "indexes": [models.Index(fields=["due_on"], name="funding_acc_due_on_cb7c02_idx")],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("label", models.CharField(blank=True, max_length=120)),
                ("amount", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("expected_on", models.DateField()),
                ("received_on", models.DateField(blank=True, null=True)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="instalments", to="funding.agreement"
                    ),
                ),
            ],
            options={
                "ordering": ["expected_on", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="instalment_positive")
                ],
            },
        ),
    ]
