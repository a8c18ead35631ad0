--
-- Add field job to download
--
ALTER TABLE "directory_download" ADD COLUMN "job" bigint NULL;
