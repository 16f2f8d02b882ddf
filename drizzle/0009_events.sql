CREATE TABLE `run_events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`run` integer NOT NULL,
	`facts` integer NOT NULL,
	`number` integer NOT NULL
);
