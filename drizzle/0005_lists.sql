DROP INDEX `runs_status`;--> statement-breakpoint
DROP INDEX `runs_owner`;--> statement-breakpoint
DROP INDEX `runs_action`;--> statement-breakpoint
CREATE INDEX `runs_owner` ON `runs` (`owner`,`package`,`action`,`status`) WHERE "runs"."owner" <> '';--> statement-breakpoint
CREATE INDEX `runs_action` ON `runs` (`package`,`action`,`status`);