import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import type { Context } from "../cli/context.ts";
import { stackOf } from "../cli/failure.ts";
import { acceptHostKey, allowUnattested, assertOne, channel, dryRun, instances, pickInstances } from "../cli/flags.ts";
import { commitFlags, wantedImage } from "../cli/wanted-image.ts";
import { deploy } from "../rollout/deploy.ts";
import { rollFleet, type FleetRollout } from "../rollout/fleet.ts";
import { fleetExit, fleetFailures, renderFleet } from "../rollout/render-fleet.ts";
import { renderLog, renderRollout, rolloutFailures } from "../rollout/render.ts";
import type { Rollout } from "../rollout/report.ts";

export default class Deploy extends BaseCommand {
	static override summary = "Deploy an image digest to one or more instances and verify that their workers poll.";
	static override description =
		"Without --image, --commit or --build it deploys the image that `cres build --push` pushed last. A failure after the first change restores the previous release (exit code 4). With several instances, the first is the canary: the others start only when it succeeds (exit code 5 when any fails).";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1",
		"<%= config.bin %> <%= command.id %> cpu-1 --build",
		"<%= config.bin %> <%= command.id %> --all --channel stable",
		"<%= config.bin %> <%= command.id %> cpu-1 --commit 4f1c2ab",
		"<%= config.bin %> <%= command.id %> gpu-1 gpu-2 gpu-3 --parallel 2 --max-failures 1",
		"<%= config.bin %> <%= command.id %> --all --canary gpu-2",
		"<%= config.bin %> <%= command.id %> cpu-1 --image sha256:4f1c… --dry-run",
		"<%= config.bin %> <%= command.id %> gpu-1 --replace --dry-run",
	];
	static override strict = false;
	static override args = { instance: instances };
	static override flags = {
		image: Flags.string({ summary: "Digest, build id or tag of the app image." }),
		channel,
		"allow-unattested": allowUnattested,
		...commitFlags,
		build: Flags.boolean({ summary: "Build and push what is in the tree first." }),
		"allow-dirty": Flags.boolean({ summary: "Let --build take uncommitted changes.", dependsOn: ["build"] }),
		all: Flags.boolean({ summary: "Every instance of cres.yaml." }),
		canary: Flags.string({ summary: "Instance that goes first, alone; default: the first one named." }),
		parallel: Flags.integer({ summary: "Instances that are rolled at the same time.", default: 4, min: 1, max: 50 }),
		"max-failures": Flags.integer({ summary: "Stop when more than this many fail; default: 0.", default: 0, min: 0 }),
		replace: Flags.boolean({
			summary: "Rent another Vast contract and destroy the old one.",
			exclusive: ["all"],
			aliases: ["recreate"], // its earlier name; help does not show it
		}),
		"accept-host-key": acceptHostKey,
		"dry-run": dryRun,
	};

	async run(): Promise<Rollout | FleetRollout> {
		const { argv, flags } = await this.parse(Deploy);
		const context = await this.context();
		const names = pickInstances(context.config, argv as string[], flags);
		if (flags.replace) assertOne(names);
		const wanted = await wantedImage(context, names, flags);
		const options = { dryRun: flags["dry-run"], purpose: "deploy" as const };
		const { parallel, "max-failures": maxFailures } = flags;
		if (names.length > 1) return this.#rollFleet(context, names, wanted, { ...options, parallel, maxFailures });
		const rollout = await deploy(await context.rollout(names[0]!), wanted, { ...options, replace: flags.replace });
		if (!rollout.failure) this.log(renderRollout(rollout));
		if (await this.tell(rolloutFailures(rollout, this.commandLine), renderLog(rollout)))
			this.exitWith(rollout.outcome === "failed" ? "failed" : "rolledBack");
		return rollout;
	}

	async #rollFleet(context: Context, ...of: Fleet): Promise<FleetRollout> {
		const fleet = await rollFleet({ ...context, stackOf, open: (name) => context.fleet(name) }, ...of);
		this.log(renderFleet(fleet));
		await this.tell(fleetFailures(fleet));
		if (!this.exitAsStopped()) this.exitWith(fleetExit(fleet));
		return fleet;
	}
}

type Fleet = Parameters<typeof rollFleet> extends [unknown, ...infer Rest] ? Rest : never;
