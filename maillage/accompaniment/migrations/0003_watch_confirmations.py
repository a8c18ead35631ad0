"""A subscription receives signals once the holder of its address said yes. Those who receive them already go on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accompaniment", "0002_changes")]

    operations = [
        migrations.AddField(
            model_name="watchsubscription",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL(
            "UPDATE accompaniment_watchsubscription SET confirmed_at = created_at", migrations.RunSQL.noop
        ),
    ]
