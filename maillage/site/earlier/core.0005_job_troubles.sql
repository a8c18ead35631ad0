--
-- Create model JobTrouble
--
CREATE TABLE "core_jobtrouble" ("job" bigint NOT NULL PRIMARY KEY, "said" varchar(500) NOT NULL, "at" timestamp with time zone NOT NULL);
