import { join } from "node:path";
import { Help } from "@oclif/core/help";

/** oclif's help, with the way to the guides below it. */
export class CresHelp extends Help {
	protected override async showRootHelp(): Promise<void> {
		const { bin, root } = this.config;
		await super.showRootHelp();
		super.log(`Help of a command, with examples: ${bin} COMMAND --help`);
		super.log(`Exit codes: ${bin} exit-codes`);
		super.log(`Guides: ${join(root, "docs", "guide")}`);
		super.log(`Errors by code: ${join(root, "docs", "reference", "errors.md")}`);
	}

	/** oclif leaves a summary, the first line of what it prints, as long as it is. */
	protected override log(...texts: string[]): void {
		super.log(...texts.map((text) => text.replace(/^.*/, (first) => this.wrap(first, 0))));
	}
}
