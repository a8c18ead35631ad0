"""The base refuses statements that do not sum to their cycle's settlement, and any rewriting of what was posted."""

from django.db import migrations

FORWARD = """
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
BACK = """
DROP TRIGGER market_statement_amounts_stay ON market_producerstatement;
DROP TRIGGER market_adjustment_amounts_stay ON market_lineadjustment;
DROP FUNCTION market_posted_amounts_stay();
DROP TRIGGER market_statement_sums_up ON market_producerstatement;
DROP TRIGGER market_settlement_sums_up ON market_cyclesettlement;
DROP FUNCTION market_statements_sum_up();
"""


class Migration(migrations.Migration):
    dependencies = [("market", "0010_carried_statements")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
