import { join } from "node:path";
import { Help } from "@oclif/core/help";

/** oclif's help, with the way to the guides below it. */
export class CresHelp extends Help {
	protected override async showRootHelp(): Promise<void> {
		await super.showRootHelp();
		this.log(
			`Help of a command, with examples: ${this.config.bin} COMMAND --help. Exit codes: ${this.config.bin} exit-codes.`,
		);
		this.log(
			`Guides: ${join(this.config.root, "docs", "guide")}. Errors by code: ${join(this.config.root, "docs", "reference", "errors.md")}`,
		);
	}
}
