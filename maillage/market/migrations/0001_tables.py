import uuid
from decimal import Decimal

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import maillage.core.choices
import maillage.core.models
import maillage.market.models.market


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("market", "0001_initial"),
        ("market", "0003_offer_alert_and_document_temperature"),
        ("market", "0004_order_sheet_reminder"),
        ("market", "0005_order_numbers"),
        ("market", "0007_lighter_orders"),
        ("market", "0009_corrections_and_sums"),
        ("market", "0010_carried_statements"),
        ("market", "0012_offer_rank"),
        ("market", "0013_order_changes"),
        ("market", "0014_receptions"),
        ("market", "0015_market_language"),
        ("market", "0016_pauses"),
        ("market", "0017_buyers"),
        ("market", "0018_tax_numbers"),
        ("market", "0019_ready_documents_have_files"),
        ("market", "0020_cycle_reopens"),
    ]

    dependencies = [
        ("core", "0001_tables"),
        ("catalogue", "0001_tables"),
        ("directory", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cycle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("draft", "en préparation"),
                            ("open", "ouvert"),
                            ("closed", "fermé"),
                            ("packed", "préparé"),
                            ("distributed", "distribué"),
                            ("settled", "réglé"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("delivered_on", models.DateField()),
                ("note", models.TextField(blank=True)),
                (
                    "order_count",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Numbers given to orders that were loaded in bulk; those placed come after.",
                    ),
                ),
                (
                    "number_base",
                    models.PositiveBigIntegerField(
                        default=0,
                        editable=False,
                        help_text="Where the sequence of order numbers stood when the cycle was made (a trigger sets it): an order's number is order_count + nextval − number_base, so that no order waits for another's number.",
                    ),
                ),
                (
                    "offers_version",
                    models.PositiveIntegerField(
                        default=0, help_text="Grows when offers change in a way that pages cache."
                    ),
                ),
                (
                    "cloned_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="market.cycle",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="Cart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.person"
                    ),
                ),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="carts", to="market.cycle"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("cycle", "person"), name="cart_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CycleSettlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("orders", models.PositiveIntegerField()),
                (
                    "charged",
                    maillage.core.models.Money(
                        decimal_places=2,
                        help_text="To the members, taxes, deposits and delivery included.",
                        max_digits=12,
                    ),
                ),
                ("producers", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("margin", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("tps", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("tvq", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("deposits", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("delivery", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("at", models.DateTimeField()),
                (
                    "cycle",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="settlement", to="market.cycle"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "charged",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("producers"), "+", models.F("margin")
                                                ),
                                                "+",
                                                models.F("tps"),
                                            ),
                                            "+",
                                            models.F("tvq"),
                                        ),
                                        "+",
                                        models.F("deposits"),
                                    ),
                                    "+",
                                    models.F("delivery"),
                                ),
                            )
                        ),
                        name="settlement_charged_is_shared_out",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CycleStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("draft", "en préparation"),
                            ("open", "ouvert"),
                            ("closed", "fermé"),
                            ("packed", "préparé"),
                            ("distributed", "distribué"),
                            ("settled", "réglé"),
                        ],
                        max_length=12,
                    ),
                ),
                ("turn", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField()),
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
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="market.cycle"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("cycle", "state", "turn"), name="cycle_step_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Market",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("summary", models.CharField(blank=True, max_length=200)),
                (
                    "margin_mode",
                    maillage.core.choices.Choice(
                        choices=[
                            ("retained", "retenue sur le prix du producteur"),
                            ("on_top", "ajoutée au prix du producteur, affichée au membre"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "margin_rate",
                    maillage.core.models.Rate(
                        decimal_places=5,
                        help_text="Retained: share of the shelf price. On top: share of the producer's price.",
                        max_digits=7,
                    ),
                ),
                ("membership_required", models.BooleanField(default=True)),
                (
                    "payment_methods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=maillage.core.choices.Choice(
                            choices=[
                                ("balance", "solde du compte"),
                                ("interac", "virement Interac"),
                                ("pickup", "à la cueillette"),
                                ("card", "carte"),
                            ],
                            max_length=8,
                        ),
                        default=maillage.market.models.market.default_methods,
                    ),
                ),
                (
                    "credit_limit",
                    maillage.core.models.Money(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        help_text="How far below zero a member's balance may go.",
                        max_digits=12,
                    ),
                ),
                ("order_minimum", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("interac_email", models.EmailField(blank=True, max_length=254)),
                ("tps_number", models.CharField(blank=True, help_text="Registration: 123456789RT0001.", max_length=15)),
                (
                    "tvq_number",
                    models.CharField(blank=True, help_text="Registration: 1234567890TQ0001.", max_length=16),
                ),
                (
                    "language",
                    maillage.core.choices.Choice(
                        choices=[("fr", "Français"), ("en", "English")],
                        default="fr",
                        help_text="Of lists that its own people work with.",
                        max_length=2,
                    ),
                ),
                ("is_demo", models.BooleanField(default=False)),
                (
                    "organisation",
                    models.OneToOneField(
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
                    models.CheckConstraint(
                        condition=models.Q(("margin_rate__gte", 0), ("margin_rate__lt", 1)), name="market_margin_rate"
                    ),
                    models.CheckConstraint(condition=models.Q(("credit_limit__gte", 0)), name="market_credit_limit"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tps_number", ""), ("tps_number__regex", "^\\d{9}RT\\d{4}$"), _connector="OR"
                        ),
                        name="market_tps_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tvq_number", ""), ("tvq_number__regex", "^\\d{10}TQ\\d{4}$"), _connector="OR"
                        ),
                        name="market_tvq_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryZone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "postal_prefixes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=6),
                        help_text="Beginnings of postal codes, no space: J7V, G1K2.",
                    ),
                ),
                ("fee", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                (
                    "minimum",
                    maillage.core.models.Money(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        help_text="Goods at least, before fee and taxes.",
                        max_digits=12,
                    ),
                ),
                ("day_offset", models.PositiveSmallIntegerField(default=0)),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                ("places", models.PositiveIntegerField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="zones", to="market.market"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("market", "name"), name="delivery_zone_name"),
                    models.CheckConstraint(
                        condition=models.Q(("fee__gte", 0), ("minimum__gte", 0)), name="delivery_zone_money"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CycleTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("every_weeks", models.PositiveSmallIntegerField(default=1)),
                ("opens_weekday", models.PositiveSmallIntegerField(default=3)),
                ("opens_time", models.TimeField()),
                ("closes_weekday", models.PositiveSmallIntegerField(default=6)),
                ("closes_time", models.TimeField()),
                ("delivered_weekday", models.PositiveSmallIntegerField(default=2)),
                ("holiday_shift", models.SmallIntegerField(default=-1)),
                (
                    "market",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="template", to="market.market"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="cycle",
            name="market",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cycles", to="market.market"
            ),
        ),
        migrations.CreateModel(
            name="BuyingFor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.person"
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="market.market"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "market"), name="buying_for_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("product_name", models.CharField(max_length=160)),
                ("format_name", models.CharField(max_length=80)),
                ("producer_name", models.CharField(max_length=200)),
                ("picture", models.CharField(blank=True, max_length=200)),
                (
                    "labels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list
                    ),
                ),
                (
                    "temperature",
                    maillage.core.choices.Choice(
                        choices=[("ambient", "ambiant"), ("chilled", "réfrigéré"), ("frozen", "congelé")], max_length=8
                    ),
                ),
                (
                    "tax_class",
                    maillage.core.choices.Choice(
                        choices=[("grocery", "aliment de base (détaxé)"), ("taxable", "taxable")], max_length=8
                    ),
                ),
                ("content", maillage.core.models.Quantity(decimal_places=3, max_digits=12)),
                (
                    "content_unit",
                    maillage.core.choices.Choice(
                        choices=[("piece", "unité"), ("kg", "kg"), ("l", "l"), ("portion", "portion")], max_length=8
                    ),
                ),
                ("by_weight", models.BooleanField(default=False)),
                ("crates", maillage.core.models.Quantity(decimal_places=3, max_digits=12)),
                ("deposit", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("member_price", maillage.core.models.UnitPrice(decimal_places=4, max_digits=12)),
                ("producer_price", maillage.core.models.UnitPrice(decimal_places=4, max_digits=12)),
                (
                    "quantity",
                    maillage.core.models.Quantity(
                        blank=True,
                        decimal_places=3,
                        help_text="Pieces available; empty for no limit.",
                        max_digits=12,
                        null=True,
                    ),
                ),
                ("sold", maillage.core.models.Quantity(decimal_places=3, default=Decimal("0.000"), max_digits=12)),
                (
                    "max_per_member",
                    maillage.core.models.Quantity(blank=True, decimal_places=3, max_digits=12, null=True),
                ),
                (
                    "step",
                    maillage.core.models.Quantity(
                        decimal_places=3,
                        default=Decimal("1.000"),
                        help_text="Orders are multiples of it.",
                        max_digits=12,
                    ),
                ),
                ("low_stock_at", maillage.core.models.Quantity(blank=True, decimal_places=3, max_digits=12, null=True)),
                (
                    "low_stock_told_at",
                    models.DateTimeField(blank=True, help_text="The alert is sent once per offer.", null=True),
                ),
                (
                    "price_overridden",
                    models.BooleanField(
                        default=False,
                        help_text="The coordinator set the price: the next cycle keeps it instead of the catalogue's.",
                    ),
                ),
                ("is_open", models.BooleanField(default=True)),
                (
                    "rank",
                    models.PositiveIntegerField(
                        db_default=0, default=0, help_text="Place among the suggestions; 0: none yet."
                    ),
                ),
                ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.category"
                    ),
                ),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="market.cycle"
                    ),
                ),
                (
                    "format",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.productformat"
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
                "ordering": ["product_name", "pk"],
                "indexes": [
                    models.Index(fields=["cycle", "category", "product_name"], name="offer_by_category"),
                    models.Index(fields=["cycle", "product_name", "id"], name="offer_by_name"),
                    models.Index(fields=["cycle", "producer"], name="offer_by_producer"),
                    models.Index(fields=["cycle", "rank", "id"], name="offer_by_rank"),
                    models.Index(fields=["cycle", "member_price", "product_name", "id"], name="offer_by_price"),
                    models.Index(
                        condition=models.Q(("low_stock_at__isnull", False), ("low_stock_told_at", None)),
                        fields=["cycle"],
                        name="offer_alert_to_send",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["search"], name="offer_search"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("cycle", "format"), name="offer_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity", None), ("sold__lte", models.F("quantity")), _connector="OR"),
                        name="offer_never_oversold",
                    ),
                    models.CheckConstraint(condition=models.Q(("sold__gte", 0)), name="offer_sold"),
                    models.CheckConstraint(condition=models.Q(("step__gt", 0)), name="offer_step"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("producer_price__gte", 0), ("member_price__gte", models.F("producer_price"))
                        ),
                        name="offer_prices",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CartLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", maillage.core.models.Quantity(decimal_places=3, max_digits=12)),
                (
                    "cart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="market.cart"
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="market.offer"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("cart", "offer"), name="cart_line_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="cart_line_quantity"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField(help_text="Unique in the cycle; printed on labels.")),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("placed", "passée"),
                            ("cancelled", "annulée"),
                            ("handed_over", "remise"),
                            ("absent", "non réclamée"),
                        ],
                        default="placed",
                        max_length=12,
                    ),
                ),
                (
                    "payment_method",
                    maillage.core.choices.Choice(
                        choices=[
                            ("balance", "solde du compte"),
                            ("interac", "virement Interac"),
                            ("pickup", "à la cueillette"),
                            ("card", "carte"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "payment_reference",
                    models.CharField(blank=True, help_text="What the member writes in a transfer.", max_length=24),
                ),
                ("delivery_address", models.CharField(blank=True, max_length=200)),
                ("delivery_postal_code", models.CharField(blank=True, max_length=7)),
                ("note", models.CharField(blank=True, max_length=280)),
                (
                    "revision",
                    models.PositiveIntegerField(
                        default=1, help_text="Grows at each amendment; part of the ledger's key."
                    ),
                ),
                ("goods", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("producers", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("margin", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("tps", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("tvq", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("deposits", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("delivery", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("total", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                (
                    "crates",
                    models.JSONField(
                        default=dict, help_text="Crates taken in the slot by temperature, as decimal strings."
                    ),
                ),
                ("placed_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("handed_over_at", models.DateTimeField(blank=True, null=True)),
                (
                    "buyer",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="The organisation in whose name `person` ordered: its account is charged, its people see the order.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "cycle",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="market.cycle",
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
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="CheckoutAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(unique=True)),
                ("revision", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.person"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="market.order"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField()),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("placed", "passée"),
                            ("added", "ajout"),
                            ("amended", "modifiée"),
                            ("cancelled", "annulée"),
                        ],
                        max_length=9,
                    ),
                ),
                ("by_staff", models.BooleanField(default=False, help_text="By the market, for the member.")),
                ("lines", models.JSONField(default=list)),
                ("slot_before", models.CharField(blank=True, max_length=120)),
                (
                    "slot_after",
                    models.CharField(blank=True, help_text="Both empty when the order did not move.", max_length=120),
                ),
                (
                    "total",
                    maillage.core.models.Money(
                        decimal_places=2, help_text="Of the order, once changed.", max_digits=12
                    ),
                ),
                ("difference", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("at", models.DateTimeField()),
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
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="market.order",
                    ),
                ),
            ],
            options={
                "ordering": ["revision"],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "revision"), name="order_change_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "quantity",
                    maillage.core.models.Quantity(decimal_places=3, help_text="Pieces ordered.", max_digits=12),
                ),
                (
                    "estimated_weight",
                    maillage.core.models.Quantity(
                        blank=True,
                        decimal_places=3,
                        help_text="kg, for lines sold by weight.",
                        max_digits=12,
                        null=True,
                    ),
                ),
                (
                    "final_quantity",
                    maillage.core.models.Quantity(
                        blank=True,
                        decimal_places=3,
                        help_text="Pieces charged in the end, when it differs.",
                        max_digits=12,
                        null=True,
                    ),
                ),
                (
                    "final_weight",
                    maillage.core.models.Quantity(
                        blank=True, decimal_places=3, help_text="kg charged in the end.", max_digits=12, null=True
                    ),
                ),
                ("member_price", maillage.core.models.UnitPrice(decimal_places=4, max_digits=12)),
                ("producer_price", maillage.core.models.UnitPrice(decimal_places=4, max_digits=12)),
                (
                    "tax_class",
                    maillage.core.choices.Choice(
                        choices=[("grocery", "aliment de base (détaxé)"), ("taxable", "taxable")], max_length=8
                    ),
                ),
                ("goods", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("producers", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("margin", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("deposits", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[
                            ("ordered", "commandé"),
                            ("packed", "préparé"),
                            ("handed_over", "remis"),
                            ("missing", "manquant"),
                            ("damaged", "abîmé"),
                            ("removed", "retiré"),
                        ],
                        default="ordered",
                        max_length=12,
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="market.offer",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="market.order",
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
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["offer"], include=("quantity",), name="order_line_of_offer"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "offer"), name="order_line_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 0)), name="order_line_quantity"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "goods",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("producers"), "+", models.F("margin")
                                ),
                            )
                        ),
                        name="order_line_goods_is_its_parts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("during", django.contrib.postgres.fields.ranges.DateRangeField(help_text="Half-open.")),
                ("reason", models.CharField(blank=True, max_length=120)),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="market.market"
                    ),
                ),
            ],
            options={
                "ordering": ["during"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("during__isempty", False)), name="pause_has_days"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PickupPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("address", models.CharField(max_length=200)),
                ("postal_code", models.CharField(blank=True, max_length=7)),
                ("latitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("longitude", models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ("directions", models.TextField(blank=True)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="points", to="market.market"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("market", "name"), name="pickup_point_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PickupWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "day_offset",
                    models.PositiveSmallIntegerField(default=0, help_text="Days after the cycle's delivery day."),
                ),
                ("opens", models.TimeField()),
                ("closes", models.TimeField()),
                (
                    "places",
                    models.PositiveIntegerField(blank=True, help_text="Orders at most; empty for no limit.", null=True),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="windows", to="market.pickuppoint"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PointCapacity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "temperature",
                    maillage.core.choices.Choice(
                        choices=[("ambient", "ambiant"), ("chilled", "réfrigéré"), ("frozen", "congelé")], max_length=8
                    ),
                ),
                ("crates", maillage.core.models.Quantity(decimal_places=3, max_digits=12)),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="capacities", to="market.pickuppoint"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("point", "temperature"), name="point_capacity_once"),
                    models.CheckConstraint(condition=models.Q(("crates__gte", 0)), name="point_capacity_crates"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProducerConfirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
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
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="confirmations", to="market.cycle"
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
                "constraints": [
                    models.UniqueConstraint(fields=("cycle", "producer"), name="confirmation_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProducerStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "sold",
                    maillage.core.models.Money(
                        decimal_places=2,
                        help_text="Goods as ordered at the close, members' price before taxes.",
                        max_digits=12,
                    ),
                ),
                (
                    "adjusted",
                    maillage.core.models.Money(
                        decimal_places=2,
                        help_text="Differences after the close (weights, missing, damaged).",
                        max_digits=12,
                    ),
                ),
                (
                    "margin",
                    maillage.core.models.Money(
                        decimal_places=2,
                        help_text="Kept by (or added for) the market, on what was sold in the end.",
                        max_digits=12,
                    ),
                ),
                (
                    "late",
                    maillage.core.models.Money(
                        decimal_places=2,
                        default=0,
                        help_text="Corrections of cycles settled before, producer's part, and negative statements carried over.",
                        max_digits=12,
                    ),
                ),
                (
                    "net",
                    maillage.core.models.Money(decimal_places=2, help_text="Payable to the producer.", max_digits=12),
                ),
                (
                    "tps",
                    maillage.core.models.Money(
                        decimal_places=2,
                        help_text="Collected from members on this producer's goods; remitted by the market.",
                        max_digits=12,
                    ),
                ),
                ("tvq", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("deposits", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("settled_at", models.DateTimeField()),
                ("paid_on", models.DateField(blank=True, null=True)),
                ("paid_reference", models.CharField(blank=True, max_length=80)),
                (
                    "carried_to",
                    models.ForeignKey(
                        blank=True,
                        help_text="A negative one is taken off the producer's next statement.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried",
                        to="market.producerstatement",
                    ),
                ),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="market.cycle"
                    ),
                ),
                (
                    "paid_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "constraints": [
                    models.UniqueConstraint(fields=("cycle", "producer"), name="statement_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("carried_to", None), models.Q(("net__lt", 0), ("paid_on", None)), _connector="OR"
                        ),
                        name="statement_carried_is_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("paid_on", None), ("net__gt", 0), _connector="OR"),
                        name="statement_paid_is_owed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("sold"), "+", models.F("adjusted")
                                        ),
                                        "-",
                                        models.F("margin"),
                                    ),
                                    "+",
                                    models.F("late"),
                                ),
                            )
                        ),
                        name="statement_net",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reception",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "expected",
                    maillage.core.models.Quantity(
                        decimal_places=3, help_text="Pieces that the orders charged before.", max_digits=12
                    ),
                ),
                ("received", maillage.core.models.Quantity(decimal_places=3, max_digits=12)),
                ("at", models.DateTimeField()),
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
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reception", to="market.offer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("received__gte", 0)), name="reception_received"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineAdjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "reason",
                    maillage.core.choices.Choice(
                        choices=[
                            ("missing", "manquant"),
                            ("damaged", "abîmé"),
                            ("weight", "poids final"),
                            ("undone", "annulation"),
                            ("gesture", "geste du marché"),
                        ],
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=280)),
                (
                    "quantity",
                    maillage.core.models.Quantity(
                        decimal_places=3, help_text="Difference in pieces (negative: less).", max_digits=12
                    ),
                ),
                (
                    "weight",
                    maillage.core.models.Quantity(
                        blank=True,
                        decimal_places=3,
                        help_text="Difference in kg, for lines by weight.",
                        max_digits=12,
                        null=True,
                    ),
                ),
                (
                    "goods",
                    maillage.core.models.Money(
                        decimal_places=2, help_text="Differences in dollars, as posted.", max_digits=12
                    ),
                ),
                ("producers", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("margin", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("tps", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("tvq", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("deposits", maillage.core.models.Money(decimal_places=2, max_digits=12)),
                ("at", models.DateTimeField()),
                (
                    "nonce",
                    models.UUIDField(
                        blank=True,
                        help_text="From the desk's form: the same tap twice does it once.",
                        null=True,
                        unique=True,
                    ),
                ),
                (
                    "told_at",
                    models.DateTimeField(
                        blank=True, help_text="When the member was written why the price moved.", null=True
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
                    "undoes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="market.lineadjustment",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjustments", to="market.orderline"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True,
                        help_text="The statement that pays it. One made after the cycle was settled waits for the producer's next.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="market.producerstatement",
                    ),
                ),
                (
                    "reception",
                    models.ForeignKey(
                        blank=True,
                        help_text="The incomplete delivery that it shares out.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjustments",
                        to="market.reception",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("fee", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("minimum", maillage.core.models.Money(decimal_places=2, default=Decimal("0.00"), max_digits=12)),
                ("places", models.PositiveIntegerField(blank=True, null=True)),
                ("taken", models.PositiveIntegerField(default=0)),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="market.cycle"
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="market.pickuppoint",
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="market.deliveryzone",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("point", None), ("zone__isnull", False)),
                            models.Q(("point__isnull", False), ("zone", None)),
                            _connector="OR",
                        ),
                        name="slot_point_or_zone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("places", None), ("taken__lte", models.F("places")), _connector="OR"),
                        name="slot_never_overfull",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="slot_hours"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="order",
            name="slot",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="market.slot"
            ),
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    maillage.core.choices.Choice(
                        choices=[
                            ("order_sheet_pdf", "Bon de commande (PDF)"),
                            ("order_sheet_xlsx", "Bon de commande (tableur)"),
                            ("harvest", "Totaux de récolte"),
                            ("pick_list", "Liste de préparation"),
                            ("labels", "Étiquettes de caisses"),
                            ("member_slips", "Bons des membres"),
                            ("point_list", "Liste du point de cueillette"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "temperature",
                    maillage.core.choices.Choice(
                        blank=True,
                        choices=[("ambient", "ambiant"), ("chilled", "réfrigéré"), ("frozen", "congelé")],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    maillage.core.choices.Choice(
                        choices=[("waiting", "en attente"), ("ready", "prêt"), ("failed", "échoué")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("file", models.FileField(blank=True, upload_to="documents/")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reminded_at",
                    models.DateTimeField(
                        blank=True, help_text="Asked again to confirm an order sheet, once.", null=True
                    ),
                ),
                ("problem", models.TextField(blank=True)),
                (
                    "cycle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="market.cycle"
                    ),
                ),
                (
                    "producer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.organisation",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="market.slot",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cycle", "kind", "producer", "slot", "temperature"),
                        name="document_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(
                                models.Q(("file", ""), _negated=True),
                                ("made_at__isnull", False),
                                ("size__gt", 0),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="document_ready_has_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("problem", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="document_failed_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SlotCapacity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "temperature",
                    maillage.core.choices.Choice(
                        choices=[("ambient", "ambiant"), ("chilled", "réfrigéré"), ("frozen", "congelé")], max_length=8
                    ),
                ),
                ("crates", maillage.core.models.Quantity(decimal_places=3, max_digits=12)),
                ("taken", maillage.core.models.Quantity(decimal_places=3, default=Decimal("0.000"), max_digits=12)),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="capacities", to="market.slot"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("slot", "temperature"), name="slot_capacity_once"),
                    models.CheckConstraint(
                        condition=models.Q(("taken__lte", models.F("crates"))), name="slot_crates_never_overfull"
                    ),
                    models.CheckConstraint(condition=models.Q(("taken__gte", 0)), name="slot_crates_taken"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="cycle",
            index=models.Index(fields=["state", "opens_at"], name="cycle_to_open"),
        ),
        migrations.AddIndex(
            model_name="cycle",
            index=models.Index(fields=["state", "closes_at"], name="cycle_to_close"),
        ),
        migrations.AddConstraint(
            model_name="cycle",
            constraint=models.UniqueConstraint(fields=("market", "number"), name="cycle_number"),
        ),
        migrations.AddConstraint(
            model_name="cycle",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_at__gt", models.F("opens_at"))), name="cycle_closes_after_opening"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["person", "-placed_at"], name="order_of_person"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["slot", "number"], name="order_of_slot"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("buyer__isnull", False)), fields=["buyer", "-placed_at"], name="order_of_buyer"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                models.F("cycle"),
                django.db.models.functions.comparison.Coalesce(
                    django.db.models.expressions.CombinedExpression(models.F("buyer"), "*", models.Value(-1)),
                    models.F("person"),
                    output_field=models.BigIntegerField(),
                ),
                condition=models.Q(("state", "cancelled"), _negated=True),
                name="order_one_per_holder",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("cycle", "number"), name="order_number"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("goods"), "+", models.F("tps")
                                    ),
                                    "+",
                                    models.F("tvq"),
                                ),
                                "+",
                                models.F("deposits"),
                            ),
                            "+",
                            models.F("delivery"),
                        ),
                    )
                ),
                name="order_total_is_its_parts",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "goods",
                        django.db.models.expressions.CombinedExpression(models.F("producers"), "+", models.F("margin")),
                    )
                ),
                name="order_goods_is_its_parts",
            ),
        ),
    ]
