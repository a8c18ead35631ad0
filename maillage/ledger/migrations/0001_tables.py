import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import maillage.core.choices
import maillage.core.models
import maillage.ledger.models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("ledger", "0001_initial"),
        ("ledger", "0002_closing"),
        ("ledger", "0004_card_fees"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("locked_through", models.DateField(blank=True, null=True)),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("member", "Compte de membre"),
                            ("producer", "À payer au producteur"),
                            ("margin", "Marge du marché"),
                            ("fees", "Cotisations"),
                            ("delivery", "Frais de livraison"),
                            ("adjustments", "Ajustements et gestes commerciaux"),
                            ("tps", "TPS à remettre"),
                            ("tvq", "TVQ à remettre"),
                            ("deposits", "Consignes"),
                            ("cash", "Caisse"),
                            ("bank", "Banque"),
                            ("interac_clearing", "Virements Interac à rapprocher"),
                            ("card_clearing", "Cartes à recevoir"),
                            ("card_fees", "Frais de cartes"),
                            ("solidarity", "Fonds de solidarité"),
                            ("shares", "Parts sociales"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="ledger.book"
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("book", "kind", "person", "organisation"),
                        name="ledger_account_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("person", None), ("organisation", None), _connector="OR"),
                        name="ledger_account_one_party",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.CharField(max_length=120)),
                ("occurred_on", models.DateField()),
                ("posted_at", models.DateTimeField(auto_now_add=True)),
                ("memo", models.CharField(max_length=200)),
                ("xact", models.BigIntegerField(db_default=maillage.ledger.models.CurrentXact(), editable=False)),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transactions", to="ledger.book"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["book", "occurred_on", "id"], name="ledger_transaction_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("book", "key"), name="ledger_transaction_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.ledgeraccount",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account"], include=("amount",), name="ledger_entry_account"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="ledger_entry_not_zero"
                    ),
                ],
            },
        ),
    ]
