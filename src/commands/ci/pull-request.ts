import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { proposeChange, renderPullRequest, type PullRequest } from "../../github/pull-request.ts";

export default class CiPullRequest extends BaseCommand {
	static override summary = "Propose files of the working tree as a pull request, or update the one that is open.";
	static override description =
		"Compares them with the default branch; equal files open nothing. The commit is made by GitHub's API: nothing is pushed from here, and the working tree stays as it is.";
	static override examples = [
		'<%= config.bin %> <%= command.id %> images/cuda/lock.json --branch lock --title "New lock"',
	];
	static override args = {
		file: Args.string({ multiple: true, required: true, description: "Files, from the directory of cres.yaml." }),
	};
	static override flags = {
		branch: Flags.string({ summary: "Branch for it; what it held before is replaced.", required: true }),
		title: Flags.string({ summary: "Title of the commit and of the pull request.", required: true }),
		"dry-run": dryRun,
	};

	async run(): Promise<PullRequest> {
		const { args, flags } = await this.parse(CiPullRequest);
		const { config, progress, ...context } = await this.context();
		const repository = await context.github();
		const { branch, title, "dry-run": isDry } = flags;
		const change = { branch, title, root: config.root, paths: args.file, dryRun: isDry };
		const asking = `ask ${repository.repository} at GitHub`;
		const proposed = await progress.step(asking, () => proposeChange(repository, change));
		this.log(renderPullRequest(proposed));
		return proposed;
	}
}
