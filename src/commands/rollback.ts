import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { acceptHostKey, dryRun, instance } from "../cli/flags.ts";
import { renderLog, renderRollout, rolloutFailures } from "../rollout/render.ts";
import { rollBack } from "../rollout/rollback.ts";
import type { Rollout } from "../rollout/report.ts";

export default class Rollback extends BaseCommand {
	static override summary = "Roll back to an earlier release, including its recorded settings.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1",
		"<%= config.bin %> <%= command.id %> cpu-1 --to 4f1c2ab90d3e --dry-run",
	];
	static override args = { instance };
	static override flags = {
		to: Flags.string({ summary: "Digest, build id or release id that ran there; default: the release before." }),
		"accept-host-key": acceptHostKey,
		"dry-run": dryRun,
	};

	async run(): Promise<Rollout> {
		const { args, flags } = await this.parse(Rollback);
		const context = await this.context();
		const rollout = await rollBack(await context.rollout(args.instance), flags.to, flags["dry-run"]);
		if (!rollout.failure) this.log(renderRollout(rollout));
		if (await this.tell(rolloutFailures(rollout, this.commandLine), renderLog(rollout)))
			this.exitWith(rollout.outcome === "failed" ? "failed" : "rolledBack");
		return rollout;
	}
}
