import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import maillage.accompaniment.models.diagnostic
import maillage.core.choices
import maillage.core.models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("accompaniment", "0001_initial"),
        ("accompaniment", "0002_lists_in_order"),
        ("accompaniment", "0003_claim_releases"),
        ("accompaniment", "0004_signed_links"),
        ("accompaniment", "0005_removed_deliverables"),
        ("accompaniment", "0006_target_markets_and_plans"),
        ("accompaniment", "0007_watch"),
        ("accompaniment", "0008_succession"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        ("funding", "0001_tables"),
        ("programmes", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Deliverable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                (
                    "kind",
                    maillage.core.choices.Choice(
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
                ("title", models.CharField(blank=True, max_length=160)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("delivered_on", models.DateField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file", models.FileField(upload_to="accompagnement/%Y/%m/")),
                ("name", models.CharField(max_length=200)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "deliverable",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="accompaniment.deliverable",
                    ),
                ),
            ],
            options={
                "ordering": ["-added_at"],
            },
        ),
        migrations.CreateModel(
            name="ExportPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "deliverable",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plan", to="accompaniment.deliverable"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                (
                    "intensity",
                    maillage.core.choices.Choice(
                        choices=[("short", "aide ponctuelle"), ("intensive", "accompagnement soutenu")], max_length=10
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=160)),
                ("goal", models.TextField(blank=True)),
                (
                    "stage",
                    maillage.core.choices.Choice(
                        choices=[
                            ("welcome", "accueil"),
                            ("diagnostic", "diagnostic"),
                            ("plan", "plan"),
                            ("action", "mise en œuvre"),
                            ("follow_up", "suivi"),
                            ("closed", "terminé"),
                            ("abandoned", "abandonné"),
                        ],
                        default="welcome",
                        max_length=12,
                    ),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
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
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programmes.edition",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-during", "pk"],
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        fields=["organisation", "during"], name="mandate_org_during"
                    ),
                    models.Index(fields=["organisation", "stage"], name="mandate_org_stage"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("during__startswith__isnull", False), ("during__isempty", False)),
                        name="mandate_has_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Diagnostic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                ("email", models.EmailField(blank=True, help_text="Where the signed link is sent.", max_length=254)),
                ("started_on", models.DateField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("delivered_on", models.DateField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="diagnostics",
                        to="accompaniment.mandate",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_on", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="deliverable",
            name="mandate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliverables", to="accompaniment.mandate"
            ),
        ),
        migrations.CreateModel(
            name="MarketStudy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "mandate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="market_study",
                        to="accompaniment.mandate",
                    ),
                ),
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
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="criteria",
                        to="accompaniment.marketstudy",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 1), ("weight__lte", 10)), name="market_criterion_weight"
                    ),
                    models.UniqueConstraint(fields=("study", "name"), name="market_criterion_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("body", models.TextField()),
                (
                    "visibility",
                    maillage.core.choices.Choice(
                        choices=[
                            ("private", "moi seulement"),
                            ("organisation", "mon organisation"),
                            ("shared", "mon organisation et une autre"),
                        ],
                        default="organisation",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.person"
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "shared_with",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["enterprise", "-created_at"], name="accompanime_enterpr_1e32ec_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("shared_with__isnull", False), ("visibility", "shared")),
                            models.Q(models.Q(("visibility", "shared"), _negated=True), ("shared_with", None)),
                            _connector="OR",
                        ),
                        name="note_shared_with_someone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutcomeFollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("months", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "sales",
                    maillage.core.choices.Choice(
                        blank=True,
                        choices=[("up", "en hausse"), ("same", "stable"), ("down", "en baisse")],
                        max_length=8,
                    ),
                ),
                ("jobs_change", models.IntegerField(blank=True, null=True)),
                ("helped", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("comment", models.TextField(blank=True)),
                (
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="accompaniment.mandate",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(condition=models.Q(("asked_at", None)), fields=["due_on"], name="follow_up_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("mandate", "months"), name="follow_up_once"),
                ],
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
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sections",
                        to="accompaniment.exportplan",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
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
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="accompaniment.exportplan"
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("scale", "échelle de 0 à 5"),
                            ("choice", "un choix"),
                            ("number", "nombre"),
                            ("text", "texte"),
                        ],
                        default="scale",
                        max_length=8,
                    ),
                ),
                ("label", models.CharField(max_length=300)),
                ("help", models.CharField(blank=True, max_length=300)),
                ("options", models.JSONField(blank=True, default=maillage.accompaniment.models.diagnostic.nothing)),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("required", models.BooleanField(default=True)),
                ("show_values", models.JSONField(blank=True, default=maillage.accompaniment.models.diagnostic.nothing)),
                (
                    "show_if",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accompaniment.question",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.JSONField()),
                (
                    "diagnostic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="accompaniment.diagnostic",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accompaniment.question"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("diagnostic", "question"), name="answer_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("introduction", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["title"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "title"), name="questionnaire_title_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionnaireVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveSmallIntegerField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "questionnaire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="accompaniment.questionnaire",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("questionnaire", "number"), name="questionnaire_version_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at", None)),
                        fields=("questionnaire",),
                        name="questionnaire_one_draft",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="diagnostic",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="diagnostics",
                to="accompaniment.questionnaireversion",
            ),
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                ("partner_email", models.EmailField(blank=True, max_length=254)),
                ("need", models.TextField()),
                ("referred_on", models.DateField()),
                ("consented_on", models.DateField()),
                ("consented_by", models.CharField(max_length=160)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("sent", "en attente de réponse"),
                            ("accepted", "acceptée"),
                            ("declined", "refusée"),
                            ("done", "menée à terme"),
                        ],
                        default="sent",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
                ("outcome", models.TextField(blank=True)),
                ("outcome_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-referred_on", "-pk"],
                "indexes": [
                    models.Index(fields=["organisation", "referred_on"], name="referral_org_day"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(default=0)),
                ("title", models.CharField(max_length=120)),
                ("advice", models.CharField(blank=True, max_length=300)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sections",
                        to="accompaniment.questionnaireversion",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.AddField(
            model_name="question",
            name="section",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="accompaniment.section"
            ),
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
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
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="service_key", nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignedLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sent_to", models.EmailField(blank=True, max_length=254)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, help_text="The first time.", null=True)),
                (
                    "asked_again_at",
                    models.DateTimeField(blank=True, help_text="Its reader asked for a new one.", null=True),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_because",
                    maillage.core.choices.Choice(
                        blank=True,
                        choices=[
                            ("answered", "réponse reçue"),
                            ("withdrawn", "lien retiré"),
                            ("replaced", "remplacé par un lien plus récent"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "diagnostic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="accompaniment.diagnostic",
                    ),
                ),
                (
                    "follow_up",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="accompaniment.outcomefollowup",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="accompaniment.referral",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("diagnostic__isnull", False), ("follow_up", None), ("referral", None)),
                            models.Q(("diagnostic", None), ("follow_up", None), ("referral__isnull", False)),
                            models.Q(("diagnostic", None), ("follow_up__isnull", False), ("referral", None)),
                            _connector="OR",
                        ),
                        name="link_opens_one_row",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_because", "")),
                            models.Q(("closed_at__isnull", False), models.Q(("closed_because", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="link_closed_for_a_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("diagnostic",), name="link_one_diagnostic"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("referral",), name="link_one_referral"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("follow_up",), name="link_one_follow_up"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StageChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "from_stage",
                    maillage.core.choices.Choice(
                        blank=True,
                        choices=[
                            ("welcome", "accueil"),
                            ("diagnostic", "diagnostic"),
                            ("plan", "plan"),
                            ("action", "mise en œuvre"),
                            ("follow_up", "suivi"),
                            ("closed", "terminé"),
                            ("abandoned", "abandonné"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "to_stage",
                    maillage.core.choices.Choice(
                        choices=[
                            ("welcome", "accueil"),
                            ("diagnostic", "diagnostic"),
                            ("plan", "plan"),
                            ("action", "mise en œuvre"),
                            ("follow_up", "suivi"),
                            ("closed", "terminé"),
                            ("abandoned", "abandonné"),
                        ],
                        max_length=12,
                    ),
                ),
                ("changed_on", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("noted_at", models.DateTimeField()),
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
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="accompaniment.mandate"
                    ),
                ),
            ],
            options={
                "ordering": ["changed_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SuccessionCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                    maillage.core.choices.Choice(
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
                    maillage.core.choices.Choice(
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
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
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
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-opened_on", "-pk"],
                "indexes": [
                    models.Index(fields=["organisation", "opened_on"], name="succession_org_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on", None), ("ended_on__gte", models.F("opened_on")), _connector="OR"
                        ),
                        name="succession_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_on__isnull", False), ("stage__in", ["transferred", "stopped"])),
                            models.Q(
                                models.Q(("stage__in", ["transferred", "stopped"]), _negated=True), ("ended_on", None)
                            ),
                            _connector="OR",
                        ),
                        name="succession_end_has_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SuccessionBuyer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "state",
                    maillage.core.choices.Choice(
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
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="buyers",
                        to="accompaniment.successioncase",
                    ),
                ),
            ],
            options={
                "ordering": ["added_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SuccessionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "from_stage",
                    maillage.core.choices.Choice(
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
                    maillage.core.choices.Choice(
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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="accompaniment.successioncase",
                    ),
                ),
            ],
            options={
                "ordering": ["changed_on", "pk"],
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
                (
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="markets",
                        to="accompaniment.marketstudy",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("study", "name"), name="target_market_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MarketScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.PositiveSmallIntegerField()),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="accompaniment.marketcriterion",
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="accompaniment.targetmarket",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("criterion", "market"), name="market_score_once"),
                    models.CheckConstraint(condition=models.Q(("points__lte", 5)), name="market_score_points"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
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
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["order", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="topic_key", nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("done_on", models.DateField()),
                ("minutes", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "mode",
                    maillage.core.choices.Choice(
                        blank=True,
                        choices=[
                            ("phone", "téléphone"),
                            ("video", "visioconférence"),
                            ("visit", "visite chez l'entreprise"),
                            ("office", "rencontre au bureau"),
                            ("email", "courriel"),
                            ("event", "événement"),
                        ],
                        max_length=8,
                    ),
                ),
                ("summary", models.CharField(blank=True, max_length=300)),
                ("outcome", models.TextField(blank=True)),
                ("next_step", models.CharField(blank=True, max_length=200)),
                ("next_step_on", models.DateField(blank=True, null=True)),
                ("next_step_done_at", models.DateTimeField(blank=True, null=True)),
                ("nonce", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("import_key", models.CharField(blank=True, max_length=64)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programmes.edition",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="interventions",
                        to="accompaniment.mandate",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accompaniment.service",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accompaniment.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["-done_on", "-pk"],
                "indexes": [
                    models.Index(fields=["organisation", "done_on", "stream"], name="intervention_org_day"),
                    models.Index(fields=["done_on"], name="intervention_day"),
                    models.Index(
                        condition=models.Q(
                            ("cancelled_at", None), ("next_step_done_at", None), ("next_step_on__isnull", False)
                        ),
                        fields=["adviser", "next_step_on"],
                        name="intervention_next_step",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("import_key", ""), _negated=True),
                        fields=("organisation", "import_key"),
                        name="intervention_import_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cancelled_at", None), models.Q(("cancel_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="intervention_cancelled_with_reason",
                    ),
                ],
            },
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
                    maillage.core.choices.Choice(
                        choices=[("info", "à savoir"), ("important", "important"), ("urgent", "à traiter vite")],
                        default="info",
                        max_length=10,
                    ),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
            ],
            options={
                "ordering": ["-noted_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
            ],
            options={
                "ordering": ["-during", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WatchDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "signal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="accompaniment.watchsignal",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="accompaniment.watchsubscription",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("signal", "subscription"), name="watch_delivery_once"),
                ],
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
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["title"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "title"), name="watch_topic_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="watchsubscription",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="accompaniment.watchtopic"
            ),
        ),
        migrations.AddField(
            model_name="watchsignal",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="signals", to="accompaniment.watchtopic"
            ),
        ),
        migrations.CreateModel(
            name="CanvassMeeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                ("company_name", models.CharField(blank=True, max_length=200)),
                ("met_on", models.DateField()),
                ("was_client", models.BooleanField()),
                ("result", models.TextField(blank=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
            ],
            options={
                "ordering": ["-met_on", "-pk"],
                "indexes": [models.Index(fields=["organisation", "met_on"], name="canvass_org_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("enterprise__isnull", False),
                            models.Q(("company_name", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="canvass_meeting_of_someone",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("opened_on", models.DateField()),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "enterprise"), name="client_file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="FinancingIntervention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("loan", "prêt"),
                            ("guarantee", "garantie de prêt"),
                            ("grant", "subvention"),
                            ("equity", "participation au capital"),
                            ("tax", "mesure fiscale"),
                            ("other", "autre"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("authorised_on", models.DateField()),
                (
                    "authorised_by_network",
                    models.BooleanField(help_text="By the regional network, rather than by the head office."),
                ),
                ("is_innovative", models.BooleanField(default=False)),
                ("is_manufacturing", models.BooleanField(default=False)),
                ("is_social_economy", models.BooleanField(default=False)),
                ("project", models.CharField(blank=True, max_length=200)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "adviser",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
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
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programmes.edition",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="funding.stream",
                    ),
                ),
            ],
            options={
                "ordering": ["-authorised_on", "-pk"],
                "indexes": [models.Index(fields=["organisation", "authorised_on"], name="financing_org_day")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="financing_amount_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="funding.agreement"
                    ),
                ),
                (
                    "released",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="funding.agreement"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "intervention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="releases",
                        to="accompaniment.intervention",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept", models.F("released")), _negated=True), name="claim_release_two"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="funding.agreement"
                    ),
                ),
                (
                    "intervention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="accompaniment.intervention",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("intervention", "agreement"), name="claim_once")],
            },
        ),
        migrations.CreateModel(
            name="InterventionParty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "size",
                    maillage.core.choices.Choice(
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
                (
                    "role",
                    maillage.core.choices.Choice(
                        choices=[
                            ("beneficiary", "bénéficiaire"),
                            ("partner", "partenaire"),
                            ("expert", "experte"),
                            ("funder", "bailleur de fonds"),
                            ("other", "autre"),
                        ],
                        default="beneficiary",
                        max_length=12,
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "intervention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parties",
                        to="accompaniment.intervention",
                    ),
                ),
                (
                    "mrc",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("intervention", "enterprise", "person", "role"), name="party_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JourneyShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("consented_on", models.DateField()),
                ("consented_by", models.CharField(help_text="Who consented, for the enterprise.", max_length=160)),
                ("withdrawn_on", models.DateField(blank=True, null=True)),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "shown_to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_on", None)),
                        fields=("enterprise", "organisation", "shown_to"),
                        name="journey_share_once",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="deliverable",
            index=models.Index(
                condition=models.Q(("delivered_on__isnull", False)),
                fields=["kind", "delivered_on"],
                name="deliverable_delivered",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="questionnaireversion",
            trigger=pgtrigger.compiler.Trigger(
                name="published_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="30454cceb27bdaf51f425ff412684140067136ff",
                    operation="UPDATE",
                    pgid="pgtrigger_published_stays_c95c1",
                    table="accompaniment_questionnaireversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="diagnostic",
            index=models.Index(fields=["organisation", "delivered_on"], name="diagnostic_org_day"),
        ),
        migrations.AddConstraint(
            model_name="diagnostic",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("delivered_on", None)),
                    models.Q(("answered_at__isnull", False), ("delivered_on__isnull", False)),
                    _connector="OR",
                ),
                name="diagnostic_delivered_when_answered",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="section",
            trigger=pgtrigger.compiler.Trigger(
                name="published_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE published timestamptz;",
                    func="\n            SELECT v.published_at INTO published FROM accompaniment_questionnaireversion v\n            WHERE v.id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END);\n            IF published IS NOT NULL THEN\n                RAISE EXCEPTION 'a published questionnaire does not change' USING ERRCODE = '23514';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="39814cdd7bcd9a5c3c3f18382881696406de4512",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_published_immutable_e3ca0",
                    table="accompaniment_section",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="question",
            trigger=pgtrigger.compiler.Trigger(
                name="published_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE published timestamptz;",
                    func="\n            SELECT v.published_at INTO published FROM accompaniment_questionnaireversion v\n            WHERE v.id = (SELECT s.version_id FROM accompaniment_section s WHERE s.id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.section_id ELSE NEW.section_id END));\n            IF published IS NOT NULL THEN\n                RAISE EXCEPTION 'a published questionnaire does not change' USING ERRCODE = '23514';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                    hash="cc4397c482dbbfcf4e310c6d471e13f8330b8700",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_published_immutable_93f95",
                    table="accompaniment_question",
                    when="BEFORE",
                ),
            ),
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
        migrations.AddIndex(
            model_name="watchsignal",
            index=models.Index(fields=["topic", "-noted_on"], name="watch_signal_day"),
        ),
    ]
