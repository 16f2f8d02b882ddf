-- Rows that end leave dead ones behind in the indexes of the queue: they are cleaned early.
ALTER TABLE "actiond"."runs" SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
ALTER TABLE "actiond"."replicas" SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
--> statement-breakpoint
INSERT INTO "actiond"."meta" ("id", "schema_version", "min_version") VALUES (1, 0, 1);
