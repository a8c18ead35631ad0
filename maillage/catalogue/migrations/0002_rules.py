"""The search vector of products: name (A), producer, category and labels (B), description (C), kept by triggers."""

from django.db import migrations

RULES = """
CREATE FUNCTION public.catalogue_vector(name text, about text, description text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT setweight(to_tsvector('public.fr_unaccent', coalesce(name, '')), 'A')
              || setweight(to_tsvector('public.fr_unaccent', coalesce(about, '')), 'B')
              || setweight(to_tsvector('public.fr_unaccent', coalesce(description, '')), 'C') $$;

CREATE FUNCTION public.catalogue_about(product bigint, producer bigint, category bigint) RETURNS text
    LANGUAGE sql STABLE
    AS $$ SELECT concat_ws(' ',
        (SELECT o.name FROM directory_organisation o WHERE o.id = producer),
        (SELECT concat_ws(' ', c.name, c.name_en, p.name, p.name_en)
           FROM catalogue_category c LEFT JOIN catalogue_category p ON p.id = c.parent_id WHERE c.id = category),
        (SELECT string_agg(concat_ws(' ', l.code, l.name, l.name_en), ' ')
           FROM catalogue_productlabel pl JOIN catalogue_label l ON l.id = pl.label_id WHERE pl.product_id = product)) $$;

CREATE FUNCTION public.catalogue_product_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := public.catalogue_vector(
        NEW.name, public.catalogue_about(NEW.id, NEW.producer_id, NEW.category_id), NEW.description);
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_product_search BEFORE INSERT OR UPDATE OF name, description, producer_id, category_id, search
    ON catalogue_product FOR EACH ROW EXECUTE FUNCTION public.catalogue_product_search();

CREATE FUNCTION public.catalogue_labels_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalogue_product SET search = NULL WHERE id IN (SELECT product_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER catalogue_labels_added AFTER INSERT ON catalogue_productlabel
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.catalogue_labels_search();
CREATE TRIGGER catalogue_labels_removed AFTER DELETE ON catalogue_productlabel
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.catalogue_labels_search();

CREATE FUNCTION public.catalogue_names_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'directory_organisation' THEN
        UPDATE catalogue_product SET search = NULL WHERE producer_id = NEW.id;
    ELSIF TG_TABLE_NAME = 'catalogue_category' THEN
        UPDATE catalogue_product SET search = NULL WHERE category_id IN
            (SELECT id FROM catalogue_category WHERE id = NEW.id OR parent_id = NEW.id);
    ELSE
        UPDATE catalogue_product SET search = NULL WHERE id IN
            (SELECT product_id FROM catalogue_productlabel WHERE label_id = NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER catalogue_producer_renamed AFTER UPDATE OF name ON directory_organisation FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION public.catalogue_names_search();
CREATE TRIGGER catalogue_category_renamed AFTER UPDATE OF name, name_en, parent_id ON catalogue_category FOR EACH ROW
    WHEN ((OLD.name, OLD.name_en, OLD.parent_id) IS DISTINCT FROM (NEW.name, NEW.name_en, NEW.parent_id))
    EXECUTE FUNCTION public.catalogue_names_search();
CREATE TRIGGER catalogue_label_renamed AFTER UPDATE OF code, name, name_en ON catalogue_label FOR EACH ROW
    WHEN ((OLD.code, OLD.name, OLD.name_en) IS DISTINCT FROM (NEW.code, NEW.name, NEW.name_en))
    EXECUTE FUNCTION public.catalogue_names_search();
"""


class Migration(migrations.Migration):
    replaces = [
        ("catalogue", "0004_search"),
    ]
    dependencies = [
        ("catalogue", "0001_tables"),
        ("core", "0001_tables"),
        ("directory", "0001_tables"),
    ]
    operations = [migrations.RunSQL(RULES)]
