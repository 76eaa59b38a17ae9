import { join } from "node:path";
import type { Interfaces } from "@oclif/core";
import { CommandHelp, Help } from "@oclif/core/help";

type Flags = ConstructorParameters<typeof CommandHelp>[0]["flags"];

/** A command that takes words of another program says so in its usage; oclif lets each of its arguments be several. */
class CresCommandHelp extends CommandHelp {
	constructor(...[command, config, options]: ConstructorParameters<typeof CommandHelp>) {
		const strict = command.usage === undefined ? command.strict : true;
		super({ ...command, strict, flags: plainFlags(command.flags) }, config, options);
	}
}

/**
 * The flags as oclif can show them: a default that is no value is left out, and in the usage it groups only two flags that
 * exclude or need each other and no third one. Of more it makes groups with holes.
 */
function plainFlags(flags: Flags): Flags {
	const pairs = Object.entries(flags).flatMap(([name, { exclusive = [], dependsOn = [] }]) =>
		[...exclusive, ...dependsOn].map((other) => [name, other]),
	);
	const isTwo = (name: string): boolean => {
		const [pair, ...more] = pairs.filter((one) => one.includes(name));
		return (
			more.length === 0 && pair?.every((one) => pairs.filter((other) => other.includes(one)).length === 1) === true
		);
	};
	const shown = Object.entries(flags).map(([name, flag]) => {
		const { default: value, exclusive, dependsOn, ...rest } = flag;
		const known = Array.isArray(value) && value.length === 0 ? {} : { default: value };
		return [name, { ...rest, ...known, ...(isTwo(name) ? { exclusive, dependsOn } : {}) }];
	});
	return Object.fromEntries(shown) as Flags;
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
