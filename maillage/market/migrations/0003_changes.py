"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.conf import settings
from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("catalogue", "0003_changes"),
        ("directory", "0003_changes"),
        ("market", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(
            carry("market", after=["market", "offer", "order", "reception"]), migrations.RunPython.noop
        ),
        migrations.AddConstraint(
            model_name="market",
            constraint=ChangesKept("market_market_changes"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=ChangesKept(
                "market_offer_changes", only=("member_price", "producer_price", "quantity", "is_open"), removed=False
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=ChangesKept("market_order_changes"),
        ),
        migrations.AddConstraint(
            model_name="reception",
            constraint=ChangesKept("market_reception_changes", made=True, updated=False),
        ),
    ]
