import { BaseCommand } from "../../cli/base-command.ts";

export default class RehearseUp extends BaseCommand {
	static override summary = "Start the rehearsal perimeter and keep it running.";
	static override description = "Parts that answer are reused. It writes a project with cres.yaml and .env to work in.";
	static override examples = ["<%= config.bin %> <%= command.id %>"];

	async run(): Promise<{ project: string; baseImage: string; video: string }> {
		await this.parse(RehearseUp);
		const { ownPerimeter, up } = await import("../../../rehearsal/perimeter.ts");
		const options = ownPerimeter(this.config.root);
		const { project, baseImage, speech } = await up(options, (await this.talk()).progress, this.signal);
		this.log(`up; next: cd ${project}, then cres doctor`);
		return { project, baseImage, video: speech };
	}
}
