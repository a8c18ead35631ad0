"""The base itself refuses that a cycle goes back, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION market_cycle_rank(state text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['draft', 'open', 'closed', 'packed', 'distributed', 'settled'], state)
$$;
CREATE FUNCTION market_cycle_forward_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF market_cycle_rank(NEW.state) < market_cycle_rank(OLD.state) THEN
        RAISE EXCEPTION 'a cycle never goes back: % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'cycle_forward_only';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER market_cycle_forward_only BEFORE UPDATE OF state ON market_cycle
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION market_cycle_forward_only();
CREATE FUNCTION market_cyclestep_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the steps of a cycle are only added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cycle_step_append_only';
END
$$;
CREATE TRIGGER market_cyclestep_append_only BEFORE UPDATE ON market_cyclestep
    FOR EACH ROW EXECUTE FUNCTION market_cyclestep_append_only();
"""
BACK = """
DROP TRIGGER market_cyclestep_append_only ON market_cyclestep;
DROP FUNCTION market_cyclestep_append_only();
DROP TRIGGER market_cycle_forward_only ON market_cycle;
DROP FUNCTION market_cycle_forward_only();
DROP FUNCTION market_cycle_rank(text);
"""


class Migration(migrations.Migration):
    dependencies = [("market", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
