import { join } from "node:path";
import type { Interfaces } from "@oclif/core";
import { CommandHelp, Help } from "@oclif/core/help";

/** A command that takes words of another program says so in its usage; oclif lets each of its arguments be several. */
class CresCommandHelp extends CommandHelp {
	constructor(...[command, config, options]: ConstructorParameters<typeof CommandHelp>) {
		super(command.usage === undefined ? command : { ...command, strict: true }, config, options);
	}
}

/** oclif's help, with the way to the guides below it. */
export class CresHelp extends Help {
	protected override CommandHelpClass = CresCommandHelp;

	protected override async showRootHelp(): Promise<void> {
		const { bin, root } = this.config;
		await super.showRootHelp();
		super.log(`Help of a command, with examples: ${bin} COMMAND --help`);
		super.log(`Exit codes: ${bin} exit-codes`);
		super.log(`Guides: ${join(root, "docs", "guide")}`);
		super.log(`Errors by code: ${join(root, "docs", "reference", "errors.md")}`);
	}

	/** oclif takes a command for a topic when the last word of some topic is its name: `backend logs` of `logs`. */
	protected override formatTopics(topics: Interfaces.Topic[]): string {
		const { topics: all } = this.config;
		return super.formatTopics(topics.filter(({ name }) => all.some((one) => one.name.startsWith(`${name}:`))));
	}

	/** oclif leaves a summary, the first line of what it prints, as long as it is. */
	protected override log(...texts: string[]): void {
		super.log(...texts.map((text) => text.replace(/^.*/, (first) => this.wrap(first, 0))));
	}
}
