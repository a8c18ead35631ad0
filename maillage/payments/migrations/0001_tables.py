import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import maillage.core.choices
import maillage.core.models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("payments", "0001_initial"),
        ("payments", "0002_buyers"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        ("ledger", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("content", models.TextField(blank=True)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("new_lines", models.PositiveIntegerField(default=0)),
                ("sent_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BankFormat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("columns", models.JSONField()),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "method",
                    maillage.core.choices.Choice(
                        choices=[
                            ("balance", "solde du compte"),
                            ("interac", "virement Interac"),
                            ("pickup", "sur place"),
                            ("cash", "comptant"),
                            ("terminal", "terminal de cartes"),
                            ("card", "carte en ligne"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("refunded", maillage.core.models.Money(decimal_places=2, default=0, max_digits=12)),
                (
                    "reference",
                    models.CharField(blank=True, help_text="What it pays, as people write it.", max_length=40),
                ),
                ("key", models.CharField(help_text="Names the fact; the same key is one payment.", max_length=120)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("pending", "en attente"),
                            ("succeeded", "reçu"),
                            ("failed", "échoué"),
                            ("reversed", "annulé"),
                        ],
                        max_length=10,
                    ),
                ),
                ("received_on", models.DateField(blank=True, null=True)),
                ("cleared_on", models.DateField(blank=True, help_text="Seen in the bank.", null=True)),
                ("session", models.CharField(blank=True, help_text="The gateway's checkout page.", max_length=255)),
                ("intent", models.CharField(blank=True, help_text="The gateway's payment.", max_length=255)),
                ("failure", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        blank=True,
                        help_text="The organisation whose account it goes to, when the person pays for one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "transaction",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["organisation", "-created_at"], name="payment_latest"),
                    models.Index(fields=["person"], name="payment_person"),
                    models.Index(
                        fields=["organisation", "key"],
                        name="payment_key_prefix",
                        opclasses=["int8_ops", "varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")), fields=["created_at"], name="payment_pending"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "key"), name="payment_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("intent", ""), _negated=True), fields=("intent",), name="payment_intent"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("session", ""), _negated=True), fields=("session",), name="payment_session"
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_amount"),
                    models.CheckConstraint(
                        condition=models.Q(("refunded__gte", 0), ("refunded__lte", models.F("amount"))),
                        name="payment_refunded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["pending", "failed"]), ("transaction", None)),
                            models.Q(("state__in", ["succeeded", "reversed"]), ("transaction__isnull", False)),
                            _connector="OR",
                        ),
                        name="payment_received_is_posted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpectedTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "reference",
                    models.CharField(help_text="Without its hyphen (references.shown adds it).", max_length=8),
                ),
                ("amount", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("source", models.CharField(max_length=120)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("expected", "attendu"), ("received", "reçu"), ("cancelled", "annulé")],
                        default="expected",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        blank=True,
                        help_text="The organisation whose account it goes to, when the person pays for one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.person"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expected",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "expected")), fields=["organisation"], name="expected_waiting"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "source"), name="expected_source"),
                    models.UniqueConstraint(fields=("organisation", "reference"), name="expected_reference"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="expected_amount"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("fingerprint", models.CharField(max_length=64)),
                ("occurred_on", models.DateField()),
                ("description", models.CharField(max_length=300)),
                ("number", models.CharField(blank=True, max_length=40)),
                ("amount", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("new", "à traiter"), ("matched", "rapprochée"), ("ignored", "mise de côté")],
                        default="new",
                        max_length=8,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("handled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.bankfile"
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "expected",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.expectedtransfer",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "ordering": ["-occurred_on", "id"],
                "indexes": [
                    models.Index(fields=["organisation", "state", "-occurred_on"], name="bank_line_inbox"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "fingerprint"), name="bank_line_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="bank_line_deposit"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("payment__isnull", False), ("state", "matched")),
                            models.Q(models.Q(("state", "matched"), _negated=True), ("payment", None)),
                            _connector="OR",
                        ),
                        name="bank_line_matched_has_payment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StripeEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=255, unique=True)),
                ("kind", models.CharField(max_length=80)),
                ("payload", models.JSONField()),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("handled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("handled_at", None)), fields=["received_at"], name="stripe_event_waiting"
                    )
                ],
            },
        ),
    ]
