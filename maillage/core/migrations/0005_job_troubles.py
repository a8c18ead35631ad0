from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_letters_and_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="JobTrouble",
            fields=[
                ("job", models.BigIntegerField(primary_key=True, serialize=False)),
                ("said", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
