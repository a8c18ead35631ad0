"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("ledger", "0002_rules"),
        ("membership", "0001_tables"),
    ]

    operations = [
        migrations.RunPython(carry("membership", after=["membership"]), migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="membership",
            constraint=ChangesKept("membership_membership_changes", ignore=("holder",)),
        ),
    ]
