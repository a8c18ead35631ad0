--
-- Raw SQL operation
--

CREATE OR REPLACE FUNCTION market_cycle_forward_only() RETURNS trigger LANGUAGE plpgsql AS $$
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

--
-- Remove constraint cycle_step_once from model cyclestep
--
ALTER TABLE "market_cyclestep" DROP CONSTRAINT "cycle_step_once";
--
-- Add field turn to cyclestep
--
ALTER TABLE "market_cyclestep" ADD COLUMN "turn" smallint DEFAULT 0 NOT NULL CHECK ("turn" >= 0);
ALTER TABLE "market_cyclestep" ALTER COLUMN "turn" DROP DEFAULT;
--
-- Create constraint cycle_step_once on model cyclestep
--
ALTER TABLE "market_cyclestep" ADD CONSTRAINT "cycle_step_once" UNIQUE ("cycle_id", "state", "turn");
