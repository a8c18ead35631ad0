"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("directory", "0003_changes"),
        ("funding", "0002_changes"),
        ("programmes", "0001_tables"),
    ]

    operations = [
        migrations.RunPython(
            carry("programmes", after=["activity", "application", "enrolment", "registration", "visit"]),
            migrations.RunPython.noop,
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=ChangesKept("programmes_activity_changes"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=ChangesKept("programmes_application_changes"),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=ChangesKept("programmes_enrolment_changes"),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=ChangesKept("programmes_registration_changes"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=ChangesKept("programmes_visit_changes"),
        ),
    ]
