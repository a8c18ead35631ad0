"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.conf import settings
from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("accompaniment", "0001_tables"),
        ("directory", "0003_changes"),
        ("funding", "0002_changes"),
        ("programmes", "0002_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(
            carry(
                "accompaniment",
                after=[
                    "canvassmeeting",
                    "deliverable",
                    "financingintervention",
                    "intervention",
                    "interventionparty",
                    "mandate",
                    "marketscore",
                    "note",
                    "plansection",
                    "referral",
                    "successionbuyer",
                    "successioncase",
                    "watchsignal",
                    "watchsubscription",
                ],
            ),
            migrations.RunPython.noop,
        ),
        migrations.AddConstraint(
            model_name="canvassmeeting",
            constraint=ChangesKept("accompaniment_canvassmeeting_changes"),
        ),
        migrations.AddConstraint(
            model_name="deliverable",
            constraint=ChangesKept("accompaniment_deliverable_changes"),
        ),
        migrations.AddConstraint(
            model_name="financingintervention",
            constraint=ChangesKept("accompaniment_financingintervention_changes"),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=ChangesKept("accompaniment_intervention_changes"),
        ),
        migrations.AddConstraint(
            model_name="interventionparty",
            constraint=ChangesKept("accompaniment_interventionparty_changes"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=ChangesKept("accompaniment_mandate_changes"),
        ),
        migrations.AddConstraint(
            model_name="marketscore",
            constraint=ChangesKept("accompaniment_marketscore_changes"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=ChangesKept("accompaniment_note_changes"),
        ),
        migrations.AddConstraint(
            model_name="plansection",
            constraint=ChangesKept("accompaniment_plansection_changes"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=ChangesKept("accompaniment_referral_changes"),
        ),
        migrations.AddConstraint(
            model_name="successionbuyer",
            constraint=ChangesKept("accompaniment_successionbuyer_changes"),
        ),
        migrations.AddConstraint(
            model_name="successioncase",
            constraint=ChangesKept("accompaniment_successioncase_changes"),
        ),
        migrations.AddConstraint(
            model_name="watchsignal",
            constraint=ChangesKept("accompaniment_watchsignal_changes"),
        ),
        migrations.AddConstraint(
            model_name="watchsubscription",
            constraint=ChangesKept("accompaniment_watchsubscription_changes"),
        ),
    ]
