import { join, resolve } from "node:path";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { dryRun } from "../cli/flags.ts";
import { initProject, type Initialized } from "../config/init.ts";
import { renderInit } from "../config/render-init.ts";

export default class Init extends BaseCommand {
	static override summary = "Create a commented cres.yaml, .env, docs/PLAN.md and .gitignore lines.";
	static override description =
		"What exists is kept. The schema for editors is named relative when cres is installed in the project, else by the address of this installation.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --config deploy/cres.yaml --dry-run",
		"<%= config.bin %> <%= command.id %> --ci",
	];
	static override flags = {
		ci: Flags.boolean({ summary: "Write workflows for GitHub Actions too: .github/workflows.", default: false }),
		force: Flags.boolean({
			summary: "Replace an existing cres.yaml; with --ci it stays, and workflows that differ are replaced.",
			default: false,
		}),
		"dry-run": dryRun,
	};

	async run(): Promise<Initialized> {
		const { flags } = await this.parse(Init);
		const initialized = await initProject({
			configPath: resolve(flags.config ?? "cres.yaml"),
			typedPath: flags.config,
			schemaPath: join(this.config.root, "cres.schema.json"),
			workflows: flags.ci ? join(this.config.root, ".github", "workflows") : undefined,
			force: flags.force,
			dryRun: flags["dry-run"],
			...(await this.machine()),
		});
		this.log(renderInit(initialized));
		return initialized;
	}
}
