from django.db import migrations


class Migration(migrations.Migration):
    """What all web processes count together (the limits on signing in). Unlogged: a crash empties it, and may."""

    dependencies = [("core", "0001_extensions")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE core_cache (
                cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
            );
            CREATE INDEX core_cache_expires ON core_cache (expires);
            """,
            "DROP TABLE core_cache;",
        )
    ]
