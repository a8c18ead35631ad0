"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.conf import settings
from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("ledger", "0002_rules"),
        ("payments", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(carry("payments", after=["payment"]), migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="payment",
            constraint=ChangesKept("payments_payment_changes"),
        ),
    ]
