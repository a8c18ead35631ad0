"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept

ROLES = """
CREATE INDEX directory_role_changes_of ON core_change ((before->'organisation_id')) WHERE "table" = 'directory_role';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("directory", "0002_rules"),
    ]

    operations = [
        migrations.RunPython(
            carry("directory", before=["organisation", "person", "role"], after=["pastsituation"]),
            migrations.RunPython.noop,
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=ChangesKept("directory_organisation_changes"),
        ),
        migrations.AddConstraint(
            model_name="pastsituation",
            constraint=ChangesKept("directory_pastsituation_changes"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=ChangesKept("directory_person_changes"),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=ChangesKept("directory_role_changes", made=True),
        ),
        migrations.RunSQL(ROLES),
    ]
