--
-- Raw SQL operation
--

            UPDATE market_document SET state = 'waiting', problem = ''
            WHERE state = 'ready' AND (file = '' OR size = 0 OR sha256 = '' OR made_at IS NULL);
            UPDATE market_document SET problem = '?' WHERE state = 'failed' AND problem = '';
            
--
-- Create constraint document_ready_has_file on model document
--
ALTER TABLE "market_document" ADD CONSTRAINT "document_ready_has_file" CHECK ((NOT ("state" = 'ready') OR (NOT ("file" = '') AND "made_at" IS NOT NULL AND "size" > 0 AND NOT ("sha256" = ''))));
--
-- Create constraint document_failed_says_why on model document
--
ALTER TABLE "market_document" ADD CONSTRAINT "document_failed_says_why" CHECK ((NOT ("state" = 'failed') OR NOT ("problem" = '')));
