import { Args, Flags } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { FACT_KINDS, factsOf, renderFacts, type Fact } from "../../checks/facts/table.ts";
import { readTree } from "../../checks/tree/read-tree.ts";

export default class TriageFacts extends LookingCommand {
	static override summary =
		"List what the files of a project say about ports, queues, endpoints and other shared things.";
	static override description =
		"Each fact with every line that states it, and whether the line defines, uses or documents it or is history. Values of secrets are never shown. Changes nothing.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --kind port",
		"<%= config.bin %> <%= command.id %> . --json",
	];
	static override args = { path: Args.string({ description: "Folder to look at.", default: "." }) };
	static override flags = { kind: Flags.option({ options: FACT_KINDS, summary: "One kind of facts." })() };

	protected async look(): Promise<{ facts: Fact[] }> {
		const { args, flags } = await this.parse(TriageFacts);
		const { shell, signal } = await this.machine();
		const tree = await readTree(args.path, shell, signal);
		const facts = factsOf(tree, flags.kind);
		this.log(renderFacts(facts));
		return { facts };
	}
}
