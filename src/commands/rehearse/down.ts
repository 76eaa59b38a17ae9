import { BaseCommand } from "../../cli/base-command.ts";

export default class RehearseDown extends BaseCommand {
	static override summary = "Remove the rehearsal perimeter: processes, containers, images, bridge, files.";
	static override description = "Packages that the set-up installed stay. Safe to repeat.";
	static override examples = ["<%= config.bin %> <%= command.id %>"];

	async run(): Promise<{ removed: string }> {
		await this.parse(RehearseDown);
		const { down, ownPerimeter } = await import("../../../rehearsal/perimeter.ts");
		const options = ownPerimeter(this.config.root);
		await down(options, (await this.talk()).progress);
		this.log(`removed ${options.directory}`);
		return { removed: options.directory };
	}
}
