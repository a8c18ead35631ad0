from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("market", "0004_order_sheet_reminder")]
    operations = [
        migrations.AlterField(
            model_name="cycle",
            name="order_count",
            field=models.PositiveIntegerField(
                default=0, help_text="Numbers given to orders that were loaded in bulk; those placed come after."
            ),
        ),
        migrations.AddField(
            model_name="cycle",
            name="number_base",
            field=models.PositiveBigIntegerField(
                default=0,
                editable=False,
                help_text="Where the sequence of order numbers stood when the cycle was made (a trigger sets it): an order's number is order_count + nextval − number_base, so that no order waits for another's number.",
            ),
        ),
    ]
