"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("governance", "0001_tables"),
    ]

    operations = [
        migrations.RunPython(carry("governance", before=["election", "meeting", "term"]), migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="election",
            constraint=ChangesKept("governance_election_changes"),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=ChangesKept("governance_meeting_changes"),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=ChangesKept("governance_term_changes"),
        ),
    ]
