DROP INDEX `deliveries_due`;--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`owner`,`host`,`next_attempt_at`) WHERE "deliveries"."state" = 'pending';