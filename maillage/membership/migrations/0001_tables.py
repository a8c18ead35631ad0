import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

import maillage.core.choices
import maillage.core.models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("membership", "0001_initial"),
        ("membership", "0002_numbers_and_fees"),
        ("membership", "0003_member_organisations"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        ("ledger", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberClass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                ("description", models.CharField(blank=True, max_length=200, verbose_name="en une phrase")),
                ("fee", maillage.core.models.Money(decimal_places=2, max_digits=12, verbose_name="montant")),
                (
                    "period",
                    maillage.core.choices.Choice(
                        choices=[("life", "à vie"), ("year", "par année")], max_length=8, verbose_name="durée"
                    ),
                ),
                (
                    "fee_kind",
                    maillage.core.choices.Choice(
                        choices=[("fees", "cotisation"), ("shares", "part sociale")],
                        default="fees",
                        max_length=8,
                        verbose_name="nature",
                    ),
                ),
                (
                    "held_by",
                    maillage.core.choices.Choice(
                        choices=[
                            ("person", "une personne"),
                            ("organisation", "une organisation"),
                            ("anyone", "une personne ou une organisation"),
                        ],
                        default="person",
                        max_length=12,
                        verbose_name="pour",
                    ),
                ),
                ("is_open", models.BooleanField(default=True, verbose_name="ouverte à l'adhésion en ligne")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["fee", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "name"), name="member_class_name"),
                    models.CheckConstraint(condition=models.Q(("fee__gte", 0)), name="member_class_fee"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberSequence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last", models.PositiveIntegerField(default=0)),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "holder",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            models.F("person"),
                            django.db.models.expressions.CombinedExpression(
                                models.F("member_organisation"), "*", models.Value(-1)
                            ),
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="Member number: one member of the organisation, for good."),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField()),
                (
                    "fee",
                    maillage.core.models.Money(
                        decimal_places=2, default=0, help_text="What was charged, in dollars.", max_digits=12
                    ),
                ),
                ("reminded_on", models.DateField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "fee_transaction",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.transaction",
                    ),
                ),
                (
                    "member_class",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="membership.memberclass",
                    ),
                ),
                (
                    "member_organisation",
                    models.ForeignKey(
                        blank=True,
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "number"], name="membership_number"),
                    models.Index(fields=["person", "organisation"], name="membership_person"),
                    models.Index(
                        condition=models.Q(("member_organisation__isnull", False)),
                        fields=["member_organisation", "organisation"],
                        name="membership_organisation",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("member_organisation__isnull", False), ("person", None)),
                            models.Q(("member_organisation", None), ("person__isnull", False)),
                            _connector="OR",
                        ),
                        name="membership_one_holder",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("member_organisation", None),
                            models.Q(("member_organisation", models.F("organisation")), _negated=True),
                            _connector="OR",
                        ),
                        name="membership_not_of_itself",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("organisation", "="), ("holder", "="), ("during", "&&")],
                        name="membership_once_at_a_time",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("organisation", "="), ("number", "="), ("holder", "<>")],
                        name="membership_number_of_one_holder",
                    ),
                ],
            },
        ),
    ]
