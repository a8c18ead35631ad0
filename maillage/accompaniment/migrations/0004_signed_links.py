import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accompaniment", "0003_claim_releases"),
        ("directory", "0006_past_situations"),
        ("funding", "0002_stream_retired"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignedLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sent_to", models.EmailField(blank=True, max_length=254)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, help_text="The first time.", null=True)),
                (
                    "asked_again_at",
                    models.DateTimeField(blank=True, help_text="Its reader asked for a new one.", null=True),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answered", "réponse reçue"),
                            ("withdrawn", "lien retiré"),
                            ("replaced", "remplacé par un lien plus récent"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="signedlink",
            name="diagnostic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links",
                to="accompaniment.diagnostic",
            ),
        ),
        migrations.AddField(
            model_name="signedlink",
            name="follow_up",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links",
                to="accompaniment.outcomefollowup",
            ),
        ),
        migrations.AddField(
            model_name="signedlink",
            name="made_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="signedlink",
            name="referral",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="links",
                to="accompaniment.referral",
            ),
        ),
        migrations.AddConstraint(
            model_name="signedlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("diagnostic__isnull", False), ("follow_up", None), ("referral", None)),
                    models.Q(("diagnostic", None), ("follow_up", None), ("referral__isnull", False)),
                    models.Q(("diagnostic", None), ("follow_up__isnull", False), ("referral", None)),
                    _connector="OR",
                ),
                name="link_opens_one_row",
            ),
        ),
        migrations.AddConstraint(
            model_name="signedlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_because", "")),
                    models.Q(("closed_at__isnull", False), models.Q(("closed_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="link_closed_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="signedlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("diagnostic",), name="link_one_diagnostic"
            ),
        ),
        migrations.AddConstraint(
            model_name="signedlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("referral",), name="link_one_referral"
            ),
        ),
        migrations.AddConstraint(
            model_name="signedlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)), fields=("follow_up",), name="link_one_follow_up"
            ),
        ),
    ]
