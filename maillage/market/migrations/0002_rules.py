"""What the base itself holds of cycles, order numbers, statements and posted amounts."""

from django.db import migrations

RULES = """
-- The base itself refuses that a cycle goes back, but for a close of which nothing was made.
CREATE FUNCTION market_cycle_rank(state text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['draft', 'open', 'closed', 'packed', 'distributed', 'settled'], state)
$$;
CREATE FUNCTION market_cycle_forward_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF market_cycle_rank(NEW.state) >= market_cycle_rank(OLD.state) THEN
        RETURN NEW;
    END IF;
    IF OLD.state = 'closed' AND NEW.state = 'open'
       AND NOT EXISTS (SELECT 1 FROM market_producerconfirmation WHERE cycle_id = NEW.id)
       AND NOT EXISTS (SELECT 1 FROM market_reception r JOIN market_offer o ON o.id = r.offer_id
                       WHERE o.cycle_id = NEW.id)
       AND NOT EXISTS (SELECT 1 FROM market_lineadjustment a JOIN market_orderline l ON l.id = a.line_id
                       JOIN market_order o ON o.id = l.order_id WHERE o.cycle_id = NEW.id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a cycle never goes back: % to %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cycle_forward_only';
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

-- Order numbers come from a sequence, counted from where it stood when the cycle was made. A counter on the cycle's row
-- would make every order of a cycle wait for the one before it to commit; numbers still start near 1, and may have gaps.
CREATE SEQUENCE market_order_number;
CREATE FUNCTION market_cycle_number_base() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number_base := nextval('market_order_number');
    RETURN NEW;
END
$$;
CREATE TRIGGER market_cycle_number_base BEFORE INSERT ON market_cycle
    FOR EACH ROW EXECUTE FUNCTION market_cycle_number_base();

-- Rows whose counters move at each order keep room on their page: an update then touches no index.
ALTER TABLE market_offer SET (fillfactor = 85);
ALTER TABLE market_slot SET (fillfactor = 50);
ALTER TABLE market_slotcapacity SET (fillfactor = 50);
ALTER TABLE market_cycle SET (fillfactor = 50);

-- Statements sum to their cycle's settlement, and what was posted is never rewritten.
CREATE FUNCTION market_statements_sum_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled market_cyclesettlement%ROWTYPE;
    net numeric;
    margin numeric;
BEGIN
    SELECT * INTO settled FROM market_cyclesettlement WHERE cycle_id = COALESCE(NEW.cycle_id, OLD.cycle_id);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT COALESCE(sum(s.net - s.late), 0), COALESCE(sum(s.margin), 0) INTO net, margin
      FROM market_producerstatement s WHERE s.cycle_id = settled.cycle_id;
    IF net <> settled.producers OR margin <> settled.margin THEN
        RAISE EXCEPTION 'cycle %: statements pay % and leave %, the settlement says % and %',
            settled.cycle_id, net, margin, settled.producers, settled.margin
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_sum_up';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER market_settlement_sums_up AFTER INSERT OR UPDATE ON market_cyclesettlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION market_statements_sum_up();
CREATE CONSTRAINT TRIGGER market_statement_sums_up
    AFTER INSERT OR DELETE OR UPDATE OF cycle_id, net, late, margin ON market_producerstatement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION market_statements_sum_up();

CREATE FUNCTION market_posted_amounts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was posted is corrected by another row, never rewritten: %', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'posted_amounts_stay';
END
$$;
CREATE TRIGGER market_adjustment_amounts_stay
    BEFORE UPDATE OF line_id, reason, quantity, weight, goods, producers, margin, tps, tvq, deposits
    ON market_lineadjustment FOR EACH ROW EXECUTE FUNCTION market_posted_amounts_stay();
CREATE TRIGGER market_statement_amounts_stay
    BEFORE UPDATE OF cycle_id, producer_id, sold, adjusted, margin, late, net, tps, tvq, deposits
    ON market_producerstatement FOR EACH ROW EXECUTE FUNCTION market_posted_amounts_stay();
"""


class Migration(migrations.Migration):
    replaces = [
        ("market", "0002_cycle_forward_only"),
        ("market", "0006_order_number_sequence"),
        ("market", "0008_room_for_counters"),
        ("market", "0011_statements_sum_up"),
    ]
    dependencies = [
        ("market", "0001_tables"),
    ]
    operations = [migrations.RunSQL(RULES)]
