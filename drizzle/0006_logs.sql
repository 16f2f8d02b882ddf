CREATE TABLE `log_entries` (
	`run` integer NOT NULL,
	`first_seq` integer NOT NULL,
	`last_seq` integer NOT NULL,
	`bytes` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`run`, `last_seq`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`numbered_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `progress` (
	`run` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`fraction` real NOT NULL,
	`message` text,
	FOREIGN KEY (`run`) REFERENCES `runs`(`numbered_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `detached_at` integer;