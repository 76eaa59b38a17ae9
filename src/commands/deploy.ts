import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { dryRun, instance } from "../cli/flags.ts";
import { wantedImage } from "../image/wanted.ts";
import { renderRollout } from "../rollout/render.ts";
import type { Rollout } from "../rollout/outcome.ts";
import { rollOut } from "../rollout/run.ts";

export default class Deploy extends BaseCommand {
	static override summary = "Bring an instance to one image digest and prove it by its pollers.";
	static override description =
		"Without --image or --build it takes the image that `cres build --push` pushed last. Whatever fails after the first change brings the release before back (exit code 4).";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1",
		"<%= config.bin %> <%= command.id %> cpu-1 --build",
		"<%= config.bin %> <%= command.id %> cpu-1 --image sha256:4f1c… --dry-run",
	];
	static override args = { instance };
	static override flags = {
		image: Flags.string({ summary: "Digest or immutable tag of the app image.", exclusive: ["build"] }),
		build: Flags.boolean({ summary: "Build and push what is in the tree first." }),
		"allow-dirty": Flags.boolean({ summary: "Let --build take uncommitted changes.", dependsOn: ["build"] }),
		"dry-run": dryRun,
	};

	async run(): Promise<Rollout> {
		const { args, flags } = await this.parse(Deploy);
		const context = await this.context();
		const choice = { image: flags.image, build: flags.build, allowDirty: flags["allow-dirty"] };
		const reference = await wantedImage(context.build(), choice);
		const rollout = await rollOut(
			context.rollout(args.instance),
			{ reference },
			{ dryRun: flags["dry-run"], purpose: "deploy" },
		);
		this.log(renderRollout(rollout));
		if (rollout.failure) this.exitWith(rollout.outcome === "failed" ? "failed" : "rolledBack");
		return rollout;
	}
}
