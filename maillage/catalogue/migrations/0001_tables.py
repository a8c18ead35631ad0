import uuid
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import maillage.catalogue.models.selection
import maillage.core.choices
import maillage.core.models


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("catalogue", "0001_initial"),
        ("catalogue", "0002_initial"),
        ("catalogue", "0003_selection_and_imports"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Label",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("needs_certifier", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("draft", "brouillon"),
                            ("submitted", "déposée"),
                            ("in_review", "à l'étude"),
                            ("accepted", "acceptée"),
                            ("refused", "refusée"),
                            ("withdrawn", "retirée"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("presentation", models.TextField(blank=True, help_text="Who they are and what they would sell.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("is_demo", models.BooleanField(default=False)),
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "producer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-submitted_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "submitted", "in_review"))),
                        fields=("organisation", "producer"),
                        name="selection_application_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "withdrawn"]), ("submitted_at__isnull", False), _connector="OR"
                        ),
                        name="selection_application_submitted_at",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("icon", models.CharField(blank=True, help_text="Name of a lucide icon.", max_length=40)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalogue.category",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("text", models.CharField(max_length=160)),
                ("text_en", models.CharField(blank=True, max_length=160)),
                ("help_text", models.TextField(blank=True, help_text="What is asked and how it can be shown.")),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                    ),
                ),
                (
                    "is_required",
                    models.BooleanField(default=False, help_text="A mean score under 2 of 4 forbids acceptance."),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "criteria",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "text"), name="selection_criterion_once"),
                    models.CheckConstraint(
                        condition=models.Q(("weight__range", (1, 10))), name="selection_criterion_weight"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(blank=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="catalogue.application"
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.criterion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("application", "criterion"), name="selection_answer_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    maillage.core.choices.Choice(
                        choices=[("accepted", "acceptée"), ("refused", "refusée")], max_length=8
                    ),
                ),
                ("reason", models.TextField()),
                ("score", maillage.core.models.Rate(blank=True, decimal_places=5, max_digits=7, null=True)),
                ("decided_at", models.DateTimeField()),
                ("notified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decision", to="catalogue.application"
                    ),
                ),
                (
                    "decided_by",
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
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="selection_decision_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score", None), ("score__range", (Decimal("0"), Decimal("1"))), _connector="OR"
                        ),
                        name="selection_decision_score",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file", models.FileField(upload_to="candidatures/")),
                ("name", models.CharField(max_length=160)),
                ("content_type", models.CharField(max_length=40)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="catalogue.application"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "evidence",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "reference",
                    models.CharField(help_text="The producer's own code, unique for that producer.", max_length=40),
                ),
                ("name", models.CharField(max_length=160)),
                ("description", models.TextField(blank=True)),
                (
                    "temperature",
                    maillage.core.choices.Choice(
                        choices=[("ambient", "ambiant"), ("chilled", "réfrigéré"), ("frozen", "congelé")],
                        default="ambient",
                        max_length=8,
                    ),
                ),
                (
                    "tax_class",
                    maillage.core.choices.Choice(
                        choices=[("grocery", "aliment de base (détaxé)"), ("taxable", "taxable")],
                        default="grocery",
                        max_length=8,
                    ),
                ),
                (
                    "season_from",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="First month of the season.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "season_to",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Last month, included.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "allergens",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=maillage.core.choices.Choice(
                            choices=[
                                ("eggs", "œufs"),
                                ("milk", "lait"),
                                ("mustard", "moutarde"),
                                ("peanuts", "arachides"),
                                ("crustaceans", "crustacés et mollusques"),
                                ("fish", "poisson"),
                                ("sesame", "sésame"),
                                ("soy", "soja"),
                                ("sulphites", "sulfites"),
                                ("tree_nuts", "noix"),
                                ("wheat", "blé et triticale"),
                                ("gluten", "gluten"),
                            ],
                            max_length=16,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                ("picture", models.ImageField(blank=True, upload_to="produits/")),
                ("is_active", models.BooleanField(default=True)),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "search",
                    django.contrib.postgres.search.SearchVectorField(
                        editable=False, help_text="Kept by a trigger: name, producer, category, description.", null=True
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="products", to="catalogue.category"
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.territory",
                    ),
                ),
                (
                    "producer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ProductFormat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "reference",
                    models.CharField(
                        blank=True, help_text="Unique within the product; empty for the only one.", max_length=40
                    ),
                ),
                ("name", models.CharField(help_text="As shown: « sac de 500 g », « environ 1,8 kg ».", max_length=80)),
                (
                    "content",
                    maillage.core.models.Quantity(
                        decimal_places=3,
                        help_text="Net content of a piece, in content_unit; estimated when by_weight.",
                        max_digits=12,
                    ),
                ),
                (
                    "content_unit",
                    maillage.core.choices.Choice(
                        choices=[("piece", "unité"), ("kg", "kg"), ("l", "l"), ("portion", "portion")], max_length=8
                    ),
                ),
                ("by_weight", models.BooleanField(default=False)),
                ("price", maillage.core.models.UnitPrice(decimal_places=4, max_digits=12)),
                (
                    "price_basis",
                    maillage.core.choices.Choice(
                        choices=[
                            ("shelf", "prix affiché au membre, avant taxes"),
                            ("producer", "ce que le producteur reçoit"),
                        ],
                        default="shelf",
                        max_length=8,
                    ),
                ),
                (
                    "deposit",
                    maillage.core.models.Money(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        help_text="Container deposit, outside the taxable base.",
                        max_digits=12,
                    ),
                ),
                (
                    "crates",
                    maillage.core.models.Quantity(
                        decimal_places=3,
                        default=Decimal("0.050"),
                        help_text="Share of a crate that one piece fills.",
                        max_digits=12,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="formats", to="catalogue.product"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("product", "reference"), name="format_reference"),
                    models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="format_price_positive"),
                    models.CheckConstraint(condition=models.Q(("content__gt", 0)), name="format_content_positive"),
                    models.CheckConstraint(condition=models.Q(("deposit__gte", 0)), name="format_deposit"),
                    models.CheckConstraint(condition=models.Q(("crates__gte", 0)), name="format_crates"),
                    models.CheckConstraint(
                        condition=models.Q(("by_weight", False), ("content_unit", "kg"), _connector="OR"),
                        name="format_by_weight_in_kg",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certifier", models.CharField(blank=True, max_length=80)),
                (
                    "label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.label"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_labels",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("product", "label"), name="product_label_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="product",
            name="labels",
            field=models.ManyToManyField(
                related_name="products", through="catalogue.ProductLabel", to="catalogue.label"
            ),
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("has_conflict", models.BooleanField(default=False)),
                ("comment", models.TextField(blank=True)),
                ("reviewed_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviews", to="catalogue.application"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.person"
                    ),
                ),
            ],
            options={
                "ordering": ["reviewed_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("application", "reviewer"), name="selection_review_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(4)])),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.criterion"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="catalogue.review"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("review", "criterion"), name="selection_score_once"),
                    models.CheckConstraint(condition=models.Q(("value__range", (0, 4))), name="selection_score_value"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SheetImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file_name", models.CharField(max_length=160)),
                ("rows", models.JSONField(default=list)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("previewed", "à confirmer"), ("applied", "appliqué"), ("discarded", "abandonné")],
                        default="previewed",
                        max_length=10,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "producer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-uploaded_at"],
                "indexes": [
                    models.Index(fields=["producer", "-uploaded_at"], name="catalogue_import_recent"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyAgreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=280)),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="catalogue.application",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
                (
                    "producer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-since", "pk"],
                "indexes": [
                    models.Index(fields=["producer"], name="supply_agreement_of_producer"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("organisation", "="),
                            ("producer", "="),
                            (maillage.catalogue.models.selection.DateRange("since", "until"), "&&"),
                        ],
                        name="supply_agreement_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        name="supply_agreement_ends_after",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="product_search"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.Func("name", function="public.immutable_unaccent"), name="gin_trgm_ops"
                ),
                name="product_name_trgm",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["producer", "name"], name="product_of_producer"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(fields=("producer", "reference"), name="product_reference"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("season_from", None), ("season_to", None)),
                    models.Q(("season_from__range", (1, 12)), ("season_to__range", (1, 12))),
                    _connector="OR",
                ),
                name="product_season",
            ),
        ),
    ]
