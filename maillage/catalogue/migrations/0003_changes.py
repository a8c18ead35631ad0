"""Changes of rows are kept in the one log; what the event tables of earlier versions kept is carried there."""

from django.conf import settings
from django.db import migrations

from maillage.core.carried import carry
from maillage.core.changes import ChangesKept

FORMATS = """
CREATE INDEX catalogue_productformat_changes_of ON core_change ((before->'product_id'))
    WHERE "table" = 'catalogue_productformat';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_changes"),
        ("catalogue", "0002_rules"),
        ("directory", "0003_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(
            carry(
                "catalogue",
                before=["product", "productformat"],
                after=["application", "decision", "review", "supplyagreement"],
            ),
            migrations.RunPython.noop,
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=ChangesKept("catalogue_application_changes"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=ChangesKept("catalogue_decision_changes"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=ChangesKept("catalogue_product_changes", ignore=("search", "updated_at")),
        ),
        migrations.AddConstraint(
            model_name="productformat",
            constraint=ChangesKept("catalogue_productformat_changes"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=ChangesKept("catalogue_review_changes"),
        ),
        migrations.AddConstraint(
            model_name="supplyagreement",
            constraint=ChangesKept("catalogue_supplyagreement_changes"),
        ),
        migrations.RunSQL(FORMATS),
    ]
