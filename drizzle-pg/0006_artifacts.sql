CREATE TABLE "actiond"."artifact_pieces" (
	"artifact" uuid NOT NULL,
	"number" integer NOT NULL,
	"data" "bytea" NOT NULL,
	CONSTRAINT "artifact_pieces_artifact_number_pk" PRIMARY KEY("artifact","number")
);
--> statement-breakpoint
CREATE TABLE "actiond"."artifacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run" bigint NOT NULL,
	"name" text NOT NULL,
	"bytes" bigint NOT NULL,
	"at" bigint NOT NULL,
	"is_complete" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "actiond"."artifact_pieces" ADD CONSTRAINT "artifact_pieces_artifact_artifacts_id_fk" FOREIGN KEY ("artifact") REFERENCES "actiond"."artifacts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "actiond"."artifacts" ADD CONSTRAINT "artifacts_run_runs_numbered_id_fk" FOREIGN KEY ("run") REFERENCES "actiond"."runs"("numbered_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "artifacts_run" ON "actiond"."artifacts" USING btree ("run","name");