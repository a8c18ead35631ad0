"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("funding", "0001_tables"),
    ]

    operations = [
        migrations.RunPython(carry("funding", after=["agreement"]), migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=ChangesKept("funding_agreement_changes"),
        ),
    ]
