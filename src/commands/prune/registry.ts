import { BaseCommand } from "../../cli/base-command.ts";
import { confirm } from "../../cli/confirm.ts";
import { dryRun, keep as keepFlag, yes } from "../../cli/flags.ts";
import { planRegistryPrune, pruneRegistry, type RegistryPrune } from "../../prune/registry.ts";
import { renderRegistryPrune } from "../../prune/render.ts";

export default class PruneRegistry extends BaseCommand {
	static override summary = "Remove app images from the registry that nobody needs any more.";
	static override description =
		"Only images that the records of this machine name, and none that a channel, another tag, the last releases of an instance, a running instance or an index needs. Every instance of cres.yaml is asked; one that does not answer stops it. On ghcr.io the token needs delete:packages.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --keep 5 --dry-run",
		"<%= config.bin %> <%= command.id %> --yes --json",
	];
	static override flags = { keep: keepFlag, "dry-run": dryRun, yes };

	async run(): Promise<RegistryPrune> {
		const { flags } = await this.parse(PruneRegistry);
		const context = await this.context();
		const ports = context.prune();
		const keep = flags.keep ?? context.config.rollout.retain;
		const plan = await planRegistryPrune(ports, keep);
		const goes = plan.going.length > 0 && !flags["dry-run"];
		if (goes && !flags.yes && !(await confirm(`${renderRegistryPrune(plan)}\nRemove them?`, "--yes"))) {
			context.progress.note("nothing was removed");
			return { ...plan, outcome: "unchanged", going: [], bytes: 0 };
		}
		const done = goes ? await pruneRegistry(ports, plan, keep) : plan;
		this.log(renderRegistryPrune(done));
		return done;
	}
}
