import uuid
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import maillage.core.choices
import maillage.indicators.models.network
import maillage.indicators.models.plan


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("indicators", "0001_initial"),
        ("indicators", "0003_reminders"),
        ("indicators", "0004_editions"),
        ("indicators", "0005_members_asked_and_context_figures"),
        ("indicators", "0006_notes_in_english_and_files_of_links"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        ("funding", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Declaration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("period", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("draft", "à remplir"),
                            ("submitted", "transmise"),
                            ("returned", "retournée"),
                            ("approved", "approuvée"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                (
                    "token",
                    models.CharField(
                        default=maillage.indicators.models.network.new_token, editable=False, max_length=64, unique=True
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "declared_by",
                    models.CharField(blank=True, help_text="Name and post of who signed the form.", max_length=120),
                ),
                ("evidence", models.FileField(blank=True, upload_to="declarations/%Y/")),
                ("evidence_name", models.CharField(blank=True, max_length=160)),
                ("note", models.TextField(blank=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("network", "="), ("member", "="), ("period", "&&")],
                        name="declaration_once_a_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeclarationStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("draft", "à remplir"),
                            ("submitted", "transmise"),
                            ("returned", "retournée"),
                            ("approved", "approuvée"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("by_name", models.CharField(blank=True, max_length=120)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="indicators.declaration"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "returned"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="declaration_return_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Indicator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.SlugField(max_length=60)),
                ("theme", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.agreement",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["theme", "key"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="indicator_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeclaredValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.DecimalField(decimal_places=2, max_digits=16)),
                ("note", models.CharField(blank=True, max_length=240)),
                (
                    "declaration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="values", to="indicators.declaration"
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.indicator"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("declaration", "indicator"), name="declared_value_once"),
                    models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="declared_value_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IndicatorVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
                ("unit", models.CharField(blank=True, max_length=60)),
                ("unit_en", models.CharField(blank=True, max_length=60)),
                ("fact", models.CharField(max_length=80)),
                ("filters", models.JSONField(blank=True, default=dict)),
                ("distinct", models.CharField(blank=True, max_length=60)),
                ("denominator_fact", models.CharField(blank=True, max_length=80)),
                ("denominator_filters", models.JSONField(blank=True, default=dict)),
                ("denominator_distinct", models.CharField(blank=True, max_length=60)),
                ("factor", models.DecimalField(decimal_places=8, default=Decimal("1"), max_digits=14)),
                ("decimals", models.PositiveSmallIntegerField(default=0)),
                (
                    "period_rule",
                    maillage.core.choices.Choice(
                        choices=[
                            ("period", "pendant la période"),
                            ("since_start", "depuis le début, jusqu'à la fin de la période"),
                            ("calendar_year", "pendant l'année civile où la période commence"),
                            ("months", "pendant les mois qui précèdent la fin de la période"),
                            ("fixed", "entre deux dates fixes"),
                        ],
                        default="period",
                        max_length=16,
                    ),
                ),
                ("months", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("fixed_start", models.DateField(blank=True, null=True)),
                ("fixed_end", models.DateField(blank=True, null=True)),
                (
                    "breakdowns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), blank=True, default=list
                    ),
                ),
                (
                    "operator",
                    maillage.core.choices.Choice(
                        blank=True, choices=[(">=", "au moins"), ("<=", "au plus"), ("=", "exactement")], max_length=2
                    ),
                ),
                ("target", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("note", models.TextField(blank=True)),
                ("note_en", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="indicators.indicator"
                    ),
                ),
            ],
            options={
                "ordering": ["indicator", "-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("indicator", "number"), name="indicator_version_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period_rule", "months"), _negated=True), ("months__gte", 1), _connector="OR"
                        ),
                        name="indicator_version_months",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period_rule", "fixed"), _negated=True),
                            ("fixed_start__lt", models.F("fixed_end")),
                            _connector="OR",
                        ),
                        name="indicator_version_fixed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("operator", ""), ("target", None)),
                            models.Q(("target__isnull", False), models.Q(("operator", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="indicator_version_target",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NetworkMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("observed", models.BooleanField(default=False)),
                ("contact_email", models.EmailField(blank=True, max_length=254)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "network",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("network", "="), ("member", "="), ("during", "&&")], name="network_member_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pivot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("fact", models.CharField(max_length=80)),
                ("distinct", models.CharField(blank=True, max_length=60)),
                ("rows", models.CharField(max_length=60)),
                ("columns", models.CharField(blank=True, max_length=60)),
                ("filters", models.JSONField(blank=True, default=dict)),
                ("start", models.DateField(blank=True, null=True)),
                ("end", models.DateField(blank=True, null=True)),
                ("shared", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("period", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("adopted_on", models.DateField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=240)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-period", "name"],
            },
        ),
        migrations.CreateModel(
            name="PlanAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveSmallIntegerField()),
                ("label", models.CharField(max_length=200)),
                ("measure", models.CharField(max_length=200)),
                (
                    "operator",
                    maillage.core.choices.Choice(
                        choices=[(">=", "au moins"), ("<=", "au plus"), ("=", "exactement")], default=">=", max_length=2
                    ),
                ),
                ("target", models.DecimalField(decimal_places=2, max_digits=16)),
                ("unit", models.CharField(blank=True, max_length=40)),
                (
                    "is_level",
                    models.BooleanField(
                        default=False, help_text="A rate or a level: latest value, averaged over regions."
                    ),
                ),
                ("begins", models.DateField()),
                ("deadline", models.DateField(blank=True, help_text="The last day that counts.", null=True)),
                (
                    "periodicity",
                    maillage.core.choices.Choice(
                        choices=[("once", "une fois"), ("year", "chaque année")], default="once", max_length=8
                    ),
                ),
                (
                    "included_in",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="includes",
                        to="indicators.planaction",
                    ),
                ),
                (
                    "indicator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.indicator",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="indicators.plan"
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "number"],
            },
        ),
        migrations.CreateModel(
            name="ActionRegion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("target", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                (
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="region_links",
                        to="indicators.planaction",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanIssue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("label", models.CharField(max_length=160)),
                ("responses", models.TextField(blank=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="issues", to="indicators.plan"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "key"), name="plan_issue_key"),
                ],
            },
        ),
        migrations.AddField(
            model_name="planaction",
            name="issue",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="actions",
                to="indicators.planissue",
            ),
        ),
        migrations.CreateModel(
            name="PlanRegion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("note", models.CharField(blank=True, max_length=240)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="regions", to="indicators.plan"
                    ),
                ),
                (
                    "territory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "number"), name="plan_region_number"),
                ],
            },
        ),
        migrations.AddField(
            model_name="planaction",
            name="regions",
            field=models.ManyToManyField(
                blank=True, related_name="actions", through="indicators.ActionRegion", to="indicators.planregion"
            ),
        ),
        migrations.CreateModel(
            name="ContextFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=200)),
                ("value", models.DecimalField(decimal_places=2, max_digits=16)),
                ("upper", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("unit", models.CharField(blank=True, max_length=40)),
                (
                    "precision",
                    maillage.core.choices.Choice(
                        choices=[
                            ("exact", "exact"),
                            ("approx", "environ"),
                            ("nearly", "près de"),
                            ("more_than", "plus de"),
                            ("at_least", "au moins"),
                            ("uncertain", "à vérifier"),
                        ],
                        default="exact",
                        max_length=10,
                    ),
                ),
                (
                    "period",
                    models.CharField(blank=True, help_text="As the source says it: 2018, 2016-2018.", max_length=40),
                ),
                ("source", models.CharField(max_length=240)),
                ("note", models.CharField(blank=True, max_length=240)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="context_figures",
                        to="indicators.plan",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="context_figures",
                        to="indicators.planregion",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="context_figure_has_a_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("upper", None), ("upper__gt", models.F("value")), _connector="OR"),
                        name="context_figure_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("as_of", models.DateField()),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                (
                    "token",
                    models.CharField(
                        default=maillage.indicators.models.plan.new_token, editable=False, max_length=64, unique=True
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="indicators.planaction"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requests",
                        to="indicators.planregion",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("as_of", models.DateField()),
                ("value", models.DecimalField(decimal_places=2, max_digits=16)),
                ("note", models.CharField(blank=True, max_length=240)),
                ("stated_by", models.CharField(blank=True, max_length=120)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answers",
                        to="indicators.answerrequest",
                    ),
                ),
                (
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="indicators.planaction"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="indicators.planregion",
                    ),
                ),
            ],
            options={
                "ordering": ["as_of", "pk"],
            },
        ),
        migrations.AddField(
            model_name="actionregion",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="action_links", to="indicators.planregion"
            ),
        ),
        migrations.CreateModel(
            name="Priority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("label", models.CharField(max_length=200)),
                ("issues", models.ManyToManyField(blank=True, related_name="priorities", to="indicators.planissue")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="priorities",
                        to="indicators.planregion",
                    ),
                ),
            ],
            options={
                "ordering": ["region__number", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("region", "number"), name="priority_number"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("lead", models.TextField(blank=True)),
                ("period", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("outline", models.JSONField(default=list)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("draft", "brouillon"), ("published", "publié")], default="draft", max_length=12
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("edition", models.PositiveSmallIntegerField(default=1)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        help_text="The edition before.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="indicators.report",
                    ),
                ),
            ],
            options={
                "ordering": ["-period", "title"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at", None), ("state", "draft")),
                            models.Q(("published_at__isnull", False), ("state", "published")),
                            _connector="OR",
                        ),
                        name="report_published_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FrozenFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("slot", models.CharField(max_length=60)),
                ("value", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("previous", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("parts", models.JSONField(default=dict)),
                (
                    "row_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list),
                ),
                ("row_values", models.BinaryField(default=bytes)),
                (
                    "denominator_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list),
                ),
                ("frozen_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.indicatorversion"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="figures", to="indicators.report"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "slot"), name="frozen_figure_slot"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("label", models.CharField(max_length=120)),
                ("shows_rows", models.BooleanField(default=False)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "funder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="indicators.report"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="LinkFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(max_length=8)),
                ("language", models.CharField(max_length=8)),
                ("file", models.FileField(blank=True, upload_to="rapports/")),
                ("asked_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="indicators.reportlink"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("link", "kind", "language"), name="link_file_once"),
                    models.CheckConstraint(
                        condition=models.Q(("made_at", None), models.Q(("file", ""), _negated=True), _connector="OR"),
                        name="link_file_made",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("outline", models.JSONField(default=list)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="indicatorversion",
            trigger=pgtrigger.compiler.Trigger(
                name="indicator_version_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."indicator_id" IS DISTINCT FROM (NEW."indicator_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."unit" IS DISTINCT FROM (NEW."unit") OR OLD."unit_en" IS DISTINCT FROM (NEW."unit_en") OR OLD."fact" IS DISTINCT FROM (NEW."fact") OR OLD."filters" IS DISTINCT FROM (NEW."filters") OR OLD."distinct" IS DISTINCT FROM (NEW."distinct") OR OLD."denominator_fact" IS DISTINCT FROM (NEW."denominator_fact") OR OLD."denominator_filters" IS DISTINCT FROM (NEW."denominator_filters") OR OLD."denominator_distinct" IS DISTINCT FROM (NEW."denominator_distinct") OR OLD."factor" IS DISTINCT FROM (NEW."factor") OR OLD."decimals" IS DISTINCT FROM (NEW."decimals") OR OLD."period_rule" IS DISTINCT FROM (NEW."period_rule") OR OLD."months" IS DISTINCT FROM (NEW."months") OR OLD."fixed_start" IS DISTINCT FROM (NEW."fixed_start") OR OLD."fixed_end" IS DISTINCT FROM (NEW."fixed_end") OR OLD."breakdowns" IS DISTINCT FROM (NEW."breakdowns") OR OLD."operator" IS DISTINCT FROM (NEW."operator") OR OLD."target" IS DISTINCT FROM (NEW."target") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."note_en" IS DISTINCT FROM (NEW."note_en") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="562c776153908e32cfb0cbdbf7f1f628bae64bf5",
                    operation="UPDATE",
                    pgid="pgtrigger_indicator_version_immutable_cdb26",
                    table="indicators_indicatorversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="planaction",
            constraint=models.UniqueConstraint(fields=("plan", "number"), name="plan_action_number"),
        ),
        migrations.AddConstraint(
            model_name="planaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("included_in", None), models.Q(("included_in", models.F("id")), _negated=True), _connector="OR"
                ),
                name="plan_action_not_in_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="actionregion",
            constraint=models.UniqueConstraint(fields=("action", "region"), name="action_region_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="report",
            trigger=pgtrigger.compiler.Trigger(
                name="report_published_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.state = 'published' AND (NEW.state, NEW.outline, NEW.period, NEW.title, NEW.lead) IS DISTINCT FROM (OLD.state, OLD.outline, OLD.period, OLD.title, OLD.lead))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="fe8e75947cd60bb2854b309df08a24df71acbdd9",
                    operation="UPDATE",
                    pgid="pgtrigger_report_published_immutable_cf360",
                    table="indicators_report",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="frozenfigure",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_figure_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="1e942471d4257c660ab88c18f6c8d87613b642bd",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_figure_immutable_83df1",
                    table="indicators_frozenfigure",
                    when="BEFORE",
                ),
            ),
        ),
    ]
