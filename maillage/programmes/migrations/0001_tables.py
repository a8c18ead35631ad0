import uuid

import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import maillage.core.choices
import maillage.programmes.models.call


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("programmes", "0001_initial"),
        ("programmes", "0002_one_application_an_address"),
        ("programmes", "0003_editions_and_messages"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        ("funding", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("text", models.TextField(blank=True)),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("hides_names", models.BooleanField(default=False, help_text="Reviewers do not see who applies.")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-closes_at"],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("enterprise_name", models.CharField(max_length=200)),
                ("neq", models.CharField(blank=True, max_length=10)),
                ("contact_name", models.CharField(max_length=160)),
                ("email", models.EmailField(max_length=254)),
                ("language", models.CharField(default="fr", max_length=2)),
                ("answers", models.JSONField(default=maillage.programmes.models.call.no_answers)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("submitted", "reçue"),
                            ("selected", "retenue"),
                            ("reserve", "en réserve"),
                            ("refused", "non retenue"),
                            ("withdrawn", "retirée"),
                        ],
                        default="submitted",
                        max_length=10,
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_note", models.TextField(blank=True, help_text="Told to the enterprise.")),
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
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="applications", to="programmes.call"
                    ),
                ),
            ],
            options={
                "ordering": ["submitted_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("call"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("state", "submitted"), models.Q(("email", ""), _negated=True)),
                        name="call_application_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("text", "réponse courte"),
                            ("long", "réponse longue"),
                            ("number", "nombre"),
                            ("choice", "un choix"),
                            ("multiple", "plusieurs choix"),
                            ("yes", "case à cocher"),
                        ],
                        default="text",
                        max_length=8,
                    ),
                ),
                ("label", models.CharField(max_length=200)),
                ("help", models.CharField(blank=True, max_length=300)),
                ("required", models.BooleanField(default=True)),
                ("choices", models.JSONField(blank=True, default=maillage.programmes.models.call.no_choices)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fields", to="programmes.call"
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(default=0)),
                ("label", models.CharField(max_length=160)),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "maximum",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="programmes.call"
                    ),
                ),
            ],
            options={
                "ordering": ["order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("maximum__gte", 1), ("weight__gte", 1)), name="criterion_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("cohort", "cohorte"),
                            ("path", "parcours"),
                            ("event", "événement"),
                            ("tour", "tournée de visites"),
                            ("watch", "veille"),
                        ],
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=160)),
                ("number", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "places",
                    models.PositiveIntegerField(
                        blank=True, help_text="Enterprises it can take; none: no limit.", null=True
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=160)),
                ("description", models.TextField(blank=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                "ordering": ["-during", "title"],
            },
        ),
        migrations.AddField(
            model_name="call",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="programmes.edition"
            ),
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("formation", "formation"),
                            ("information", "séance d'information"),
                            ("prix", "remise de prix"),
                            ("evenement", "événement"),
                            ("programme", "programme de visites"),
                            ("circuits", "circuits"),
                            ("vente", "vente"),
                            ("defi", "défi"),
                            ("atelier", "atelier"),
                            ("souper", "souper"),
                            ("representation", "représentation"),
                            ("comite", "comité"),
                            ("pairs", "formation entre pairs"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "role",
                    maillage.core.choices.Choice(
                        choices=[
                            ("organiser", "organise"),
                            ("co_organiser", "organise avec d'autres"),
                            ("partner", "partenaire régional"),
                            ("participant", "participe"),
                        ],
                        default="organiser",
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True)),
                (
                    "mode",
                    maillage.core.choices.Choice(
                        choices=[
                            ("in_person", "en personne"),
                            ("online", "en ligne"),
                            ("hybrid", "en personne et en ligne"),
                            ("unspecified", "non précisé"),
                        ],
                        default="unspecified",
                        max_length=12,
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=200)),
                ("online_url", models.URLField(blank=True)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("last_on", models.DateField(blank=True, null=True)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("draft", "brouillon"), ("published", "publiée"), ("cancelled", "annulée")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("capacity", models.PositiveIntegerField(blank=True, null=True)),
                ("registration_opens_at", models.DateTimeField(blank=True, null=True)),
                ("registration_closes_at", models.DateTimeField(blank=True, null=True)),
                (
                    "hold_hours",
                    models.PositiveSmallIntegerField(
                        default=48,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(240),
                        ],
                    ),
                ),
                (
                    "certificate_sessions",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Sessions to attend to earn the certificate; none: no certificate.",
                        null=True,
                    ),
                ),
                ("head_count", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "reminder_hours",
                    models.PositiveSmallIntegerField(
                        blank=True, default=24, help_text="Hours before a session; none: no reminder.", null=True
                    ),
                ),
                ("feedback_asked_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.TextField(blank=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                    "host",
                    models.ForeignKey(
                        blank=True,
                        help_text="The enterprise that teaches its peers, or receives them.",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "represented_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="directory.person",
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
                (
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="programmes.edition",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "title"],
                "indexes": [
                    models.Index(fields=["organisation", "starts_on"], name="programmes__organis_defcf4_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("last_on", None), ("starts_on", None)),
                            ("last_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="activity_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Enrolment",
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
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("selected", "retenue"),
                            ("confirmed", "confirmée"),
                            ("completed", "a terminé"),
                            ("withdrawn", "s'est retirée"),
                        ],
                        default="confirmed",
                        max_length=10,
                    ),
                ),
                ("joined_on", models.DateField()),
                ("ended_on", models.DateField(blank=True, null=True)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="enrolments", to="programmes.edition"
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
                "ordering": ["joined_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "enterprise"), name="enrolment_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    maillage.core.choices.Choice(
                        choices=[
                            ("organiser", "organise avec nous"),
                            ("expert", "prête des experts"),
                            ("sponsor", "commandite"),
                            ("partner", "partenaire"),
                            ("met", "rencontrée"),
                        ],
                        default="partner",
                        max_length=12,
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="partners",
                        to="programmes.activity",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="partners",
                        to="programmes.edition",
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("activity__isnull", False), ("edition", None)),
                            models.Q(("activity", None), ("edition__isnull", False)),
                            _connector="OR",
                        ),
                        name="partner_of_one_thing",
                    ),
                    models.UniqueConstraint(
                        fields=("edition", "activity", "organisation", "role"),
                        name="partner_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Programme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("title", models.CharField(max_length=160)),
                ("description", models.TextField(blank=True)),
                ("closed_on", models.DateField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
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
                    models.UniqueConstraint(fields=("organisation", "title"), name="programme_title_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="edition",
            name="programme",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="editions", to="programmes.programme"
            ),
        ),
        migrations.CreateModel(
            name="Registration",
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
                ("name", models.CharField(max_length=160)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=24)),
                ("enterprise_name", models.CharField(blank=True, max_length=200)),
                ("needs", models.CharField(blank=True, help_text="Food, access.", max_length=200)),
                ("language", models.CharField(default="fr", max_length=2)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("confirmed", "inscrit"),
                            ("waiting", "en attente"),
                            ("offered", "place offerte"),
                            ("cancelled", "annulée"),
                        ],
                        max_length=10,
                    ),
                ),
                ("hold_token", models.UUIDField(blank=True, null=True, unique=True)),
                ("hold_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registrations",
                        to="programmes.activity",
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
                "ordering": ["created_at", "pk"],
                "indexes": [
                    models.Index(fields=["activity", "state", "created_at"], name="programmes__activit_b85bb0_idx"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("activity"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(
                            models.Q(("state", "cancelled"), _negated=True), models.Q(("email", ""), _negated=True)
                        ),
                        name="registration_email_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("hold_token__isnull", False), ("hold_until__isnull", False), ("state", "offered")
                            ),
                            models.Q(("state", "offered"), _negated=True),
                            _connector="OR",
                        ),
                        name="registration_offer_has_hold",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rating",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                ("useful", models.TextField(blank=True)),
                ("improve", models.TextField(blank=True)),
                ("given_at", models.DateTimeField()),
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feedback",
                        to="programmes.registration",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rating__gte", 1), ("rating__lte", 5)), name="feedback_rating_1_to_5"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reviewer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviewers", to="programmes.call"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("call", "person"), name="reviewer_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("comment", models.TextField(blank=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="programmes.application"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="programmes.reviewer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("reviewer", "application"), name="review_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("declared_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conflicts",
                        to="programmes.application",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="conflicts", to="programmes.reviewer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("reviewer", "application"), name="conflict_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.PositiveSmallIntegerField()),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="programmes.criterion"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="programmes.review"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("review", "criterion"), name="score_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveSmallIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=200)),
                (
                    "sequence",
                    models.PositiveSmallIntegerField(default=0, help_text="Revision of the calendar invitation."),
                ),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to="programmes.activity"
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "number"), name="session_number"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="session_ends_after_start"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("noted_at", models.DateTimeField()),
                (
                    "noted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="programmes.registration",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attendances", to="programmes.session"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("registration", "session"), name="attendance_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Talk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("keynote", "conférence d'ouverture"),
                            ("talk", "conférence"),
                            ("panel", "panel"),
                            ("booth", "kiosque"),
                        ],
                        default="talk",
                        max_length=8,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("speakers", models.CharField(blank=True, max_length=300)),
                ("room", models.CharField(blank=True, max_length=80)),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("capacity", models.PositiveIntegerField(blank=True, null=True)),
                ("description", models.TextField(blank=True)),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="talks", to="programmes.activity"
                    ),
                ),
                (
                    "exhibitor",
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
                "ordering": ["starts_at", "kind", "title"],
            },
        ),
        migrations.CreateModel(
            name="TalkPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField()),
                (
                    "registration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="talks", to="programmes.registration"
                    ),
                ),
                (
                    "talk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="programmes.talk"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("talk", "registration"), name="talk_seat_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
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
                ("visited_on", models.DateField()),
                ("summary", models.TextField(blank=True)),
                ("next_step", models.CharField(blank=True, max_length=200)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="visits", to="programmes.edition"
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
                "ordering": ["visited_on", "pk"],
                "indexes": [
                    models.Index(fields=["edition", "visited_on"], name="programmes__edition_e341aa_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("enterprise__isnull", False), ("region__isnull", False), _connector="OR"),
                        name="visit_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitExpert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("names", models.CharField(blank=True, max_length=200)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="experts", to="programmes.visit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "organisation"), name="visit_expert_once"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="call_closes_after"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("during__startswith__isnull", False), ("during__isempty", False)),
                name="edition_has_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number__isnull", False)),
                fields=("programme", "number"),
                name="edition_number_once",
                violation_error_message="Ce programme a déjà une édition de ce numéro.",
            ),
        ),
    ]
