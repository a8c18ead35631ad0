"""An action is never, by any path, included in itself: two changes at once wait for each other on the plan's row."""

from django.db import migrations

RULES = """
CREATE FUNCTION indicators_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE circles boolean;
BEGIN
  IF NEW.included_in_id IS NULL THEN RETURN NEW; END IF;
  PERFORM 1 FROM indicators_plan WHERE id = NEW.plan_id FOR NO KEY UPDATE;
  WITH RECURSIVE above(id) AS (
    SELECT NEW.included_in_id
    UNION
    SELECT a.included_in_id FROM indicators_planaction a JOIN above ON a.id = above.id
    WHERE a.included_in_id IS NOT NULL
  )
  SELECT EXISTS (SELECT 1 FROM above WHERE id = NEW.id) INTO circles;
  IF circles THEN
    RAISE EXCEPTION 'plan action % would be included in itself', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_action_no_circle';
  END IF;
  IF EXISTS (SELECT 1 FROM indicators_planaction WHERE id = NEW.included_in_id AND plan_id <> NEW.plan_id) THEN
    RAISE EXCEPTION 'plan action % would be included in an action of another plan', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_action_same_plan';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_action_no_circle BEFORE INSERT OR UPDATE OF included_in_id ON indicators_planaction
  FOR EACH ROW EXECUTE FUNCTION indicators_no_circle();
"""


class Migration(migrations.Migration):
    replaces = [
        ("indicators", "0002_inclusions_never_circle"),
    ]
    dependencies = [
        ("indicators", "0001_tables"),
    ]
    operations = [migrations.RunSQL(RULES)]
