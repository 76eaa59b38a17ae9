import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { table } from "../system/text.ts";

/** docs/guide, which is part of the package: name of a page and what it is about. */
const PAGES = {
	attestations: "signed statements about a digest",
	backend: "an API as several processes behind one gateway",
	ci: "the workflows for GitHub Actions",
	"control-host": "boot the control plane on one machine",
	images: "the two flavours of the images, and what they hold",
	json: "what every command prints with --json",
	plan: "entries of docs/PLAN.md and their checks",
	promotion: "channels, and how a digest gets one",
	security: "what cres protects, and what it does not",
	smoke: "how one digest is tested before it is deployed",
	triage: "what triage finds in files, and how to silence it",
	"triage-runtime": "what triage asks of instances",
	vast: "instances at Vast.ai",
} as const;

type Page = keyof typeof PAGES;

export default class Guide extends BaseCommand {
	static override summary = "Print a page of the guide, in Markdown.";
	static override description = "Without a page: list them.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> backend"];
	static override args = {
		page: Args.string({ description: "Name of the page.", options: Object.keys(PAGES) }),
	};

	async run(): Promise<{ pages: { name: string; about: string }[] } | { name: string; text: string }> {
		const { args } = await this.parse(Guide);
		if (args.page === undefined) {
			const pages = Object.entries(PAGES).map(([name, about]) => ({ name, about }));
			this.log(
				table(
					["PAGE", "ABOUT"],
					pages.map(({ name, about }) => [name, about]),
				),
			);
			return { pages };
		}
		const name = args.page as Page;
		const text = await readFile(join(this.config.root, "docs", "guide", `${name}.md`), "utf8");
		this.log(text.trimEnd());
		return { name, text };
	}
}
