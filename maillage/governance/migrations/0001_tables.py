import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import maillage.core.choices


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("governance", "0001_initial"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Body",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("board", "conseil d'administration"),
                            ("executive", "comité exécutif"),
                            ("committee", "comité"),
                            ("regional", "comité régional"),
                            ("advisory", "comité consultatif"),
                            ("staff", "permanence"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=160)),
                ("purpose", models.TextField(blank=True)),
                (
                    "quorum",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                ("notice_days", models.PositiveSmallIntegerField(default=7)),
                ("is_public", models.BooleanField(default=False)),
                ("dissolved_on", models.DateField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
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
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="body_name_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("meeting", "réunion"),
                            ("assembly", "assemblée générale annuelle"),
                            ("special", "assemblée générale extraordinaire"),
                        ],
                        default="meeting",
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=160)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=200)),
                ("online_url", models.URLField(blank=True)),
                ("agenda", models.TextField(blank=True)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("planned", "prévue"), ("held", "tenue"), ("cancelled", "annulée")],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("notice_sent_at", models.DateTimeField(blank=True, null=True)),
                ("sequence", models.PositiveSmallIntegerField(default=0)),
                (
                    "quorum",
                    models.PositiveIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                ("voters", models.PositiveIntegerField(blank=True, null=True)),
                ("minutes", models.FileField(blank=True, upload_to="proces-verbaux/%Y/")),
                ("minutes_name", models.CharField(blank=True, max_length=160)),
                ("minutes_adopted_on", models.DateField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "body",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meetings",
                        to="governance.body",
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
                "ordering": ["-starts_at", "pk"],
                "indexes": [
                    models.Index(fields=["organisation", "starts_at"], name="governance__organis_95afc3_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="meeting_ends_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("body__isnull", False), ("kind", "meeting")),
                            models.Q(models.Q(("kind", "meeting"), _negated=True), ("body", None)),
                            _connector="OR",
                        ),
                        name="meeting_of_a_body_or_assembly",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("order", models.PositiveSmallIntegerField(default=0)),
                (
                    "role",
                    maillage.core.choices.Choice(
                        choices=[
                            ("presidence", "présidence"),
                            ("vice_presidence", "vice-présidence"),
                            ("secretariat", "secrétariat"),
                            ("tresorerie", "trésorerie"),
                            ("administration", "administration"),
                            ("membre", "membre"),
                            ("observation", "observation"),
                            ("poste", "poste"),
                        ],
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                ("voting", models.BooleanField(default=True)),
                ("college", models.CharField(blank=True, max_length=80)),
                (
                    "term_months",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                ("abolished_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="governance.body"
                    ),
                ),
                (
                    "represents",
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
                "ordering": ["order", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("voting", False),
                            models.Q(("role__in", ["poste", "observation"]), _negated=True),
                            _connector="OR",
                        ),
                        name="seat_observers_and_posts_do_not_vote",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "on_behalf",
                    models.CharField(
                        blank=True, help_text="Organisation as published, when not known.", max_length=200
                    ),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("due_on", models.DateField(blank=True, null=True)),
                (
                    "origin",
                    maillage.core.choices.Choice(
                        choices=[
                            ("elected", "élection"),
                            ("appointed", "nomination"),
                            ("co_opted", "cooptation"),
                            ("hired", "embauche"),
                        ],
                        default="elected",
                        max_length=10,
                    ),
                ),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "meeting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="terms",
                        to="governance.meeting",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="governance.seat"
                    ),
                ),
            ],
            options={
                "ordering": ["-during", "pk"],
                "indexes": [
                    models.Index(fields=["person"], name="governance__person__6d996f_idx"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("seat", "="), ("during", "&&")], name="seat_held_once_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("during__startswith__isnull", False), ("during__isempty", False)),
                        name="term_has_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person__isnull", False), ("organisation__isnull", False), _connector="OR"),
                        name="term_held_by_someone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("present", "présence"), ("excused", "absence motivée"), ("absent", "absence")],
                        max_length=8,
                    ),
                ),
                ("noted_at", models.DateTimeField()),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="presences", to="governance.meeting"
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="presences", to="governance.term"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "term"), name="presence_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Election",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("candidates", models.PositiveSmallIntegerField(default=1)),
                ("votes", models.PositiveIntegerField(blank=True, null=True)),
                ("ballots", models.PositiveIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="elections", to="governance.meeting"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="elections", to="governance.seat"
                    ),
                ),
                (
                    "term",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="election",
                        to="governance.term",
                    ),
                ),
            ],
            options={
                "ordering": ["seat__order", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("meeting", "seat"), name="seat_elected_once_a_meeting"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("votes", None), ("ballots", None), ("votes__lte", models.F("ballots")), _connector="OR"
                        ),
                        name="election_votes_within_ballots",
                    ),
                ],
            },
        ),
    ]
