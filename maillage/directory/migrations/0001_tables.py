import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import maillage.core.choices
import maillage.directory.models.organisation


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("directory", "0001_initial"),
        ("directory", "0002_names_merges_invitations_erasure"),
        ("directory", "0004_buyers"),
        ("directory", "0005_downloads"),
        ("directory", "0006_past_situations"),
        ("directory", "0007_invitation_dates"),
        ("directory", "0008_job_of_a_download"),
        ("directory", "0009_who_changes_a_file"),
        ("directory", "0010_second_factor_and_sessions"),
        ("directory", "0011_administrators_from_the_server"),
    ]

    dependencies = [
        ("core", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sector",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=6, unique=True)),
                ("name", models.CharField(max_length=160)),
                ("name_en", models.CharField(blank=True, max_length=160)),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "is_platform_admin",
                    models.BooleanField(default=False, help_text="Keeps the platform: sees every organisation."),
                ),
                ("language", models.CharField(default="fr", max_length=2)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "second_factor_due",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when it may do without the second factor that its roles ask for.",
                        null=True,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="account_email_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "legal_form",
                    maillage.core.choices.Choice(
                        choices=[
                            ("coop_consumer", "coopérative de consommateurs"),
                            ("coop_producer", "coopérative de producteurs"),
                            ("coop_worker", "coopérative de travail"),
                            ("coop_worker_shareholder", "coopérative de travailleurs actionnaire"),
                            ("coop_solidarity", "coopérative de solidarité"),
                            ("non_profit", "organisme à but non lucratif"),
                            ("mutual", "mutuelle"),
                            ("corporation", "société par actions"),
                            ("sole_proprietor", "entreprise individuelle"),
                            ("partnership", "société de personnes"),
                            ("public", "organisme public"),
                            ("other", "autre"),
                        ],
                        default="other",
                        max_length=32,
                    ),
                ),
                (
                    "neq",
                    models.CharField(blank=True, help_text="Numéro d'entreprise du Québec, 10 digits.", max_length=10),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=24)),
                ("website", models.URLField(blank=True)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("postal_code", models.CharField(blank=True, max_length=7)),
                ("latitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("longitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("description", models.TextField(blank=True)),
                ("employees", models.PositiveIntegerField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False, help_text="Synthetic, shown as demonstration data.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duplicates",
                        to="directory.organisation",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organisations",
                        to="directory.sector",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ContactChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "field",
                    maillage.core.choices.Choice(
                        choices=[
                            ("email", "courriel de la fiche"),
                            ("interac", "courriel qui reçoit les virements Interac"),
                        ],
                        max_length=8,
                    ),
                ),
                ("before", models.EmailField(blank=True, max_length=254)),
                ("after", models.EmailField(blank=True, max_length=254)),
                ("at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_changes",
                        to="directory.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["organisation", "-at"], name="contact_change_latest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("before", models.F("after")), _negated=True), name="contact_change_changes"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.SlugField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("text_fr", models.TextField()),
                ("text_en", models.TextField(blank=True)),
                ("in_force_from", models.DateField()),
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
                "ordering": ["purpose", "version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("purpose", "version", "organisation"), name="consent_text_version", nulls_distinct=False
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganisationMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undo", models.JSONField(default=dict)),
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
                    "canonical",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "duplicate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="directory.organisation"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)), fields=("duplicate",), name="organisation_merged_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("given_name", models.CharField(blank=True, max_length=80)),
                ("family_name", models.CharField(blank=True, max_length=80)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=24)),
                ("language", models.CharField(default="fr", max_length=2)),
                ("address", models.CharField(blank=True, max_length=200)),
                ("postal_code", models.CharField(blank=True, max_length=7)),
                ("is_demo", models.BooleanField(default=False)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["family_name", "given_name"],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("email", models.EmailField(max_length=254)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("director", "direction"),
                            ("coordinator", "coordination"),
                            ("treasurer", "trésorerie"),
                            ("packer", "préparation et accueil"),
                            ("driver", "livraison"),
                            ("producer", "production"),
                            ("adviser", "conseil"),
                            ("manager", "gestion de programme"),
                            ("board", "conseil d'administration"),
                            ("funder", "bailleur de fonds"),
                            ("juror", "jury"),
                            ("buyer", "achats"),
                            ("staff", "équipe"),
                        ],
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                ("since", models.DateField(blank=True, null=True)),
                ("until", models.DateField(blank=True, null=True)),
                ("language", models.CharField(default="fr", max_length=2)),
                ("sending", models.PositiveIntegerField(default=1)),
                ("mailed", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="directory.organisation",
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
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        models.F("kind"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                        name="invitation_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", None), ("since", None), ("until__gt", models.F("since")), _connector="OR"
                        ),
                        name="invitation_dates",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("done_at", models.DateTimeField()),
                ("own_request", models.BooleanField(default=True)),
                ("rows", models.JSONField(default=dict, help_text="Rows changed or deleted, by name of the eraser.")),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.person"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.CharField(blank=True, help_text="Where it was given: page, paper, phone.", max_length=40),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.consenttext"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="directory.person"
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)), fields=("person", "text"), name="consent_given_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at", None), ("withdrawn_at__gte", models.F("given_at")), _connector="OR"
                        ),
                        name="consent_withdrawn_after_given",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("director", "direction"),
                            ("coordinator", "coordination"),
                            ("treasurer", "trésorerie"),
                            ("packer", "préparation et accueil"),
                            ("driver", "livraison"),
                            ("producer", "production"),
                            ("adviser", "conseil"),
                            ("manager", "gestion de programme"),
                            ("board", "conseil d'administration"),
                            ("funder", "bailleur de fonds"),
                            ("juror", "jury"),
                            ("buyer", "achats"),
                            ("staff", "équipe"),
                        ],
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roles", to="directory.organisation"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="directory.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("person", "="), ("organisation", "="), ("kind", "="), ("during", "&&")],
                        name="role_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("factor_reset", "second facteur retiré par l'administration"),
                            ("administrator", "administration donnée depuis le serveur"),
                        ],
                        max_length=16,
                    ),
                ),
                ("why", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="security_events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="security_event_why"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("device", models.UUIDField()),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                ("address", models.GenericIPAddressField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                (
                    "told_at",
                    models.DateTimeField(blank=True, help_text="When the account was told of a new device.", null=True),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-seen_at", "-pk"],
                "indexes": [
                    models.Index(fields=["account", "device"], name="sign_in_device"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stewardship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("given_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stewardships",
                        to="directory.organisation",
                    ),
                ),
                (
                    "steward",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["given_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("organisation", "steward"),
                        name="stewardship_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("organisation", models.F("steward")), _negated=True),
                        name="stewardship_of_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("given_at")), _connector="OR"
                        ),
                        name="stewardship_ends_after",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Territory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("province", "province"),
                            ("region", "région administrative"),
                            ("service", "territoire de service"),
                            ("mrc", "MRC ou territoire équivalent"),
                            ("municipality", "municipalité"),
                        ],
                        max_length=16,
                    ),
                ),
                ("code", models.CharField(help_text="Official code, unique within a kind.", max_length=16)),
                ("name", models.CharField(max_length=120)),
                (
                    "other_names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list
                    ),
                ),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list, editable=False
                    ),
                ),
                ("population", models.PositiveIntegerField(blank=True, null=True)),
                ("latitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("longitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
            ],
            options={
                "ordering": ["name"],
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="territory_keys")],
                "constraints": [models.UniqueConstraint(fields=("kind", "code"), name="territory_kind_code")],
            },
        ),
        migrations.AddField(
            model_name="person",
            name="municipality",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.territory",
            ),
        ),
        migrations.CreateModel(
            name="PastSituation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("until", models.DateField()),
                ("employees", models.PositiveIntegerField(blank=True, null=True)),
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_situations",
                        to="directory.organisation",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.sector",
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
            ],
            options={
                "ordering": ["until"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "until"), name="past_situation_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="organisation",
            name="mrc",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.territory",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="municipality",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="directory.territory",
            ),
        ),
        migrations.CreateModel(
            name="TerritoryParent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[("administrative", "administratif"), ("service", "de service")], max_length=16
                    ),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parent_links",
                        to="directory.territory",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="child_links",
                        to="directory.territory",
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("kind", "administrative")),
                        expressions=[("child", "="), ("during", "&&")],
                        name="territory_one_administrative_parent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Download",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("maker", models.CharField(max_length=160)),
                ("params", models.JSONField(default=dict)),
                ("title", models.CharField(max_length=200)),
                ("filename", models.CharField(max_length=160)),
                ("content_type", models.CharField(max_length=120)),
                ("language", models.CharField(default="fr", max_length=8)),
                ("back", models.CharField(blank=True, help_text="The page where it was asked for.", max_length=500)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("waiting", "en attente"),
                            ("running", "en préparation"),
                            ("ready", "prêt"),
                            ("failed", "non fait"),
                            ("cancelled", "annulé"),
                            ("expired", "retiré"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "job",
                    models.BigIntegerField(
                        blank=True, help_text="The job that makes it: run again, it begins again.", null=True
                    ),
                ),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("file", models.FileField(blank=True, upload_to="downloads/")),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("problem", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField(help_text="The last sign of the job that makes it.")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="downloads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "indexes": [
                    models.Index(fields=["account", "-asked_at"], name="download_account"),
                    models.Index(fields=["expires_at"], name="download_expiry"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(models.Q(("file", ""), _negated=True), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="download_ready_has_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="download_failed_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DistinctPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "high",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "low",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("low", "high"), name="distinct_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("low__lt", models.F("high"))), name="distinct_pair_ordered"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("how", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="checks", to="directory.contactchange"
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("change", "payer"), name="contact_checked_once"),
                    models.CheckConstraint(condition=models.Q(("how", ""), _negated=True), name="contact_checked_how"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactcheck",
            trigger=pgtrigger.compiler.Trigger(
                name="contact_check_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c7531607e26e4592545f16168b622b7515c7f748",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_contact_check_stays_fb5cf",
                    table="directory_contactcheck",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactchange",
            trigger=pgtrigger.compiler.Trigger(
                name="contact_change_immutable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."public_id" IS DISTINCT FROM (NEW."public_id") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."field" IS DISTINCT FROM (NEW."field") OR OLD."before" IS DISTINCT FROM (NEW."before") OR OLD."after" IS DISTINCT FROM (NEW."after") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="405838143ec13960ee4b2131ee603139d6ace1a3",
                    operation="UPDATE",
                    pgid="pgtrigger_contact_change_immutable_efab6",
                    table="directory_contactchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactchange",
            trigger=pgtrigger.compiler.Trigger(
                name="contact_change_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="619096b289c6c7b7430a4bff491aa5270a0b3a46",
                    operation="DELETE",
                    pgid="pgtrigger_contact_change_stays_05643",
                    table="directory_contactchange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="securityevent",
            trigger=pgtrigger.compiler.Trigger(
                name="security_event_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="abb72abf836e37d24f03f407dba4ba27c46be36e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_security_event_stays_0323c",
                    table="directory_securityevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(django.db.models.functions.text.Lower("email"), name="person_email"),
        ),
        migrations.AddIndex(
            model_name="organisation",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    maillage.directory.models.organisation.Unaccent(django.db.models.functions.text.Lower("name")),
                    name="gin_trgm_ops",
                ),
                name="organisation_name_search",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("neq", ""), _negated=True), ("merged_into", None)),
                fields=("neq",),
                name="organisation_neq",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("neq", ""), ("neq__regex", "^\\d{10}$"), _connector="OR"),
                name="organisation_neq_10",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None), models.Q(("merged_into", models.F("id")), _negated=True), _connector="OR"
                ),
                name="organisation_not_into_itself",
            ),
        ),
    ]
