from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0007_invitation_dates"),
    ]

    operations = [
        migrations.AddField(
            model_name="download",
            name="job",
            field=models.BigIntegerField(
                blank=True, help_text="The job that makes it: run again, it begins again.", null=True
            ),
        ),
    ]
