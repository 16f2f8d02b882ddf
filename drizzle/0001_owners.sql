DROP INDEX `runs_request_id`;--> statement-breakpoint
DROP INDEX `runs_idempotency_key`;--> statement-breakpoint
ALTER TABLE `runs` ADD `owner` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_owner` ON `runs` (`owner`) WHERE "runs"."owner" <> '';--> statement-breakpoint
CREATE INDEX `runs_request_id` ON `runs` (`request_id`,`owner`) WHERE "runs"."request_id" <> '';--> statement-breakpoint
CREATE UNIQUE INDEX `runs_idempotency_key` ON `runs` (`idempotency_key`,`owner`) WHERE "runs"."idempotency_key" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `owner` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_owner` ON `deliveries` (`owner`,`state`) WHERE "deliveries"."owner" <> '';