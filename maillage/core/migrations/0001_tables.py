import uuid

import django.db.models.functions.text
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations, models

import maillage.core.choices

FRENCH = """
CREATE OR REPLACE FUNCTION public.immutable_unaccent(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT public.unaccent('public.unaccent', $1) $$;
CREATE TEXT SEARCH CONFIGURATION public.fr_unaccent (COPY = pg_catalog.french);
ALTER TEXT SEARCH CONFIGURATION public.fr_unaccent
    ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, french_stem;
"""


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("core", "0001_extensions"),
        ("core", "0004_letters_and_files"),
        ("core", "0005_job_troubles"),
    ]

    dependencies = []

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FRENCH),
        migrations.CreateModel(
            name="JobTrouble",
            fields=[
                ("job", models.BigIntegerField(primary_key=True, serialize=False)),
                ("said", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.CharField(max_length=400, unique=True)),
                ("recipient", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=300)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("waiting", "en attente"),
                            ("sending", "en cours d’envoi"),
                            ("sent", "envoyée"),
                            ("failed", "non remise"),
                            ("dropped", "abandonnée"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                ("said_by", models.CharField(blank=True, max_length=200)),
                ("about", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.BigIntegerField(
                        blank=True, help_text="The job that claimed it, while it is being sent.", null=True
                    ),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("created_at"),
                        condition=models.Q(("state__in", ["waiting", "sending"])),
                        name="letter_open",
                    ),
                    models.Index(models.F("created_at"), condition=models.Q(("state", "failed")), name="letter_failed"),
                    models.Index(django.db.models.functions.text.Lower("recipient"), name="letter_recipient"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at", None)),
                            _connector="OR",
                        ),
                        name="letter_sent_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["sent", "dropped"]),
                            models.Q(("content", {}), _negated=True),
                            _connector="OR",
                        ),
                        name="letter_to_send_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=300, unique=True)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("stored_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="stored_file_digest"
                    )
                ],
            },
        ),
    ]
