"""A close of which nothing was made can be taken back: the one move back that the base allows."""

from django.conf import settings
from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION market_cycle_forward_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF market_cycle_rank(NEW.state) >= market_cycle_rank(OLD.state) THEN
        RETURN NEW;
    END IF;
    %s
    RAISE EXCEPTION 'a cycle never goes back: %% to %%', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cycle_forward_only';
END
$$;
"""
REOPENS = """
    IF OLD.state = 'closed' AND NEW.state = 'open'
       AND NOT EXISTS (SELECT 1 FROM market_producerconfirmation WHERE cycle_id = NEW.id)
       AND NOT EXISTS (SELECT 1 FROM market_reception r JOIN market_offer o ON o.id = r.offer_id
                       WHERE o.cycle_id = NEW.id)
       AND NOT EXISTS (SELECT 1 FROM market_lineadjustment a JOIN market_orderline l ON l.id = a.line_id
                       JOIN market_order o ON o.id = l.order_id WHERE o.cycle_id = NEW.id)
    THEN
        RETURN NEW;
    END IF;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0019_ready_documents_have_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTION.replace("%s", REOPENS).replace("%%", "%"), FUNCTION.replace("%s", "").replace("%%", "%")
        ),
        migrations.RemoveConstraint(
            model_name="cyclestep",
            name="cycle_step_once",
        ),
        migrations.AddField(
            model_name="cyclestep",
            name="turn",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="cyclestep",
            constraint=models.UniqueConstraint(fields=("cycle", "state", "turn"), name="cycle_step_once"),
        ),
    ]
