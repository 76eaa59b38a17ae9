import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { acceptHostKey, dryRun } from "../../cli/flags.ts";
import { onDisk } from "../../endpoint/apply.ts";
import { renderRotation } from "../../endpoint/render.ts";
import { rotate, type Rotation } from "../../endpoint/rotate.ts";
import { contractNames } from "../../vast/ours.ts";

export default class EndpointRotate extends BaseCommand {
	static override summary = "Replace an instance's old SSH endpoint everywhere with its current one at Vast.";
	static override description =
		"Writes .cres, VAST_HOST and VAST_PORT in .env, .env.example, docs/Perimeter.md and ssh commands in text files, then adds an entry to docs/PLAN.md. Where any other literal of an earlier endpoint would be left it changes nothing, names file and line, and exits 3. One that was interrupted is completed by running it again.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> gpu-1",
		"<%= config.bin %> <%= command.id %> gpu-1 --dry-run",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = {
		instance: Args.string({ description: "Only this instance; default: all with driver vast." }),
	};
	static override flags = { "accept-host-key": acceptHostKey, "dry-run": dryRun };

	async run(): Promise<{ rotations: Rotation[] }> {
		const { args, flags } = await this.parse(EndpointRotate);
		const context = await this.context();
		const names = args.instance === undefined ? contractNames(context.config) : [args.instance];
		if (names.length === 0) this.log("cres.yaml names no instance with driver vast: nothing to do");
		const rotations: Rotation[] = [];
		for (const name of names) {
			const ports = { ...context, effects: onDisk, open: (other: string) => context.instance(other) };
			const rotation = await rotate(ports, name, { dryRun: flags["dry-run"] });
			this.log(renderRotation(rotation));
			rotations.push(rotation);
		}
		if (rotations.some(({ outcome }) => outcome === "blocked")) this.exitWith("findings");
		return { rotations };
	}
}
