import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { UserError } from "../../errors/errors.ts";
import { recordImage, renderRecorded, type Recorded } from "../../github/record.ts";
import { digestOf } from "../../registry/image-reference.ts";

export default class CiRecord extends BaseCommand {
	static override summary = "Record the digest of an image for the commit that this workflow run has built.";
	static override description =
		"A step of the workflow, after the smoke test and before the promotion: deploy --commit finds the digest by it. Writes a commit status, which needs the permission statuses: write.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> sha256:4f1c…",
		"<%= config.bin %> <%= command.id %> sha256:4f1c… --run 1234567890 --dry-run",
	];
	static override args = { digest: Args.string({ required: true, description: "Digest of an app image." }) };
	static override flags = {
		run: Flags.integer({ summary: "Number of the run; default: GITHUB_RUN_ID.", min: 1 }),
		"dry-run": dryRun,
	};

	async run(): Promise<Recorded> {
		const { args, flags } = await this.parse(CiRecord);
		const digest = digestOf(args.digest);
		const { config, ...context } = await this.context();
		const run = flags.run ?? Number(config.value("GITHUB_RUN_ID") ?? 0);
		if (!Number.isSafeInteger(run) || run < 1)
			throw new UserError("ci_run_unset", "GITHUB_RUN_ID names no run", {
				hint: "in a workflow it is set; else --run",
			});
		const ports = { github: await context.github(), registry: () => context.registry("push"), config };
		const recorded = await recordImage(ports, { digest, run, dryRun: flags["dry-run"] });
		this.log(renderRecorded(recorded));
		return recorded;
	}
}
