"""Order numbers come from a sequence, counted from where it stood when the cycle was made.

A counter on the cycle's row would make every order of a cycle wait for the one before it to commit. A sequence waits for
nobody; numbers still start near 1 in each cycle, and may have gaps.
"""

from django.db import migrations

FORWARD = """
CREATE SEQUENCE market_order_number;
CREATE FUNCTION market_cycle_number_base() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number_base := nextval('market_order_number');
    RETURN NEW;
END
$$;
CREATE TRIGGER market_cycle_number_base BEFORE INSERT ON market_cycle
    FOR EACH ROW EXECUTE FUNCTION market_cycle_number_base();
"""
BACK = """
DROP TRIGGER market_cycle_number_base ON market_cycle;
DROP FUNCTION market_cycle_number_base();
DROP SEQUENCE market_order_number;
"""


class Migration(migrations.Migration):
    dependencies = [("market", "0005_order_numbers")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
