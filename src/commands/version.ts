import { BaseCommand } from "../cli/base-command.ts";

export default class Version extends BaseCommand {
	static override summary = "Print the version of cres, of Node and the platform.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> --version --json"];

	async run(): Promise<{ version: string; node: string; platform: string }> {
		await this.parse(Version);
		const { version, platform, arch } = this.config;
		const shown = { version, node: process.versions.node, platform: `${platform}-${arch}` };
		this.log(`cres ${version} (Node ${shown.node}, ${shown.platform})`);
		return shown;
	}
}
