CREATE TABLE `deliveries` (
	`numbered_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` text NOT NULL,
	`url` text NOT NULL,
	`host` text NOT NULL,
	`state` text NOT NULL,
	`attempt_count` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_run_id` ON `deliveries` (`run_id`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`host`,`next_attempt_at`) WHERE "deliveries"."state" = 'pending';--> statement-breakpoint
CREATE INDEX `deliveries_state` ON `deliveries` (`state`);--> statement-breakpoint
CREATE TABLE `delivery_attempts` (
	`run_id` text NOT NULL,
	`number` integer NOT NULL,
	`at` integer NOT NULL,
	`http_status` integer,
	`ms` real NOT NULL,
	`error` text,
	PRIMARY KEY(`run_id`, `number`),
	FOREIGN KEY (`run_id`) REFERENCES `deliveries`(`run_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`numbered_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`package` text NOT NULL,
	`action` text NOT NULL,
	`status` integer NOT NULL,
	`input` text NOT NULL,
	`result` text,
	`error` text,
	`request_id` text DEFAULT '' NOT NULL,
	`callback_url` text,
	`callback_host` text,
	`detached` integer DEFAULT false NOT NULL,
	`attempt` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`run_ms` real,
	`traceparent` text,
	`tracestate` text,
	`start_timeout_ms` real,
	`run_timeout_ms` real,
	`idempotency_key` text,
	`fingerprint` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_id` ON `runs` (`id`);--> statement-breakpoint
CREATE INDEX `runs_request_id` ON `runs` (`request_id`) WHERE "runs"."request_id" <> '';--> statement-breakpoint
CREATE INDEX `runs_status` ON `runs` (`status`) WHERE "runs"."status" <> 2;--> statement-breakpoint
CREATE UNIQUE INDEX `runs_idempotency_key` ON `runs` (`idempotency_key`) WHERE "runs"."idempotency_key" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `runs_action` ON `runs` (`package`,`action`);