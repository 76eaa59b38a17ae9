import { BaseCommand } from "../../cli/base-command.ts";
import type { Rehearsed } from "../../../rehearsal/main-job.ts";

export default class Rehearse extends BaseCommand {
	static override summary = "Run build, deploy, a job and a rollback on a local perimeter.";
	static override description =
		"Brings up a Docker daemon, a registry, Temporal, an S3 store and an instance behind ssh, all on loopback; then builds, pushes, deploys, runs one real job, changes the release and rolls it back. What is up already is reused. Linux and root only.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> down"];

	async run(): Promise<Rehearsed> {
		await this.parse(Rehearse);
		const { ownPerimeter, rehearse, renderRehearsed } = await import("../../../rehearsal/main-job.ts");
		const options = ownPerimeter(this.config.root);
		const rehearsed = await rehearse(options, (await this.talk()).progress, this.signal);
		this.log(renderRehearsed(rehearsed));
		return rehearsed;
	}
}
