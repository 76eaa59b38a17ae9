import { Args } from "@oclif/core";
import { watch } from "../../cli/flags.ts";
import { screenColumns } from "../../cli/screen.ts";
import { WatchingCommand } from "../../cli/watching-command.ts";
import { commitOf } from "../../github/commit.ts";
import { lookAtCommit, type CommitRun } from "../../github/commit-run.ts";
import { renderCommitRun } from "../../github/render.ts";

export default class CiStatus extends WatchingCommand {
	static override summary = "Show the run of a commit on GitHub: jobs, steps, and the images that it recorded.";
	static override description =
		"Only runs of github.workflow count, and none of a fork or a pull request; the newest run in its newest attempt. Exits 0 when it succeeded, 3 when it failed or there is none, 75 while it runs.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> 4f1c2ab --watch",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = { sha: Args.string({ description: "Commit; default: HEAD of the working tree." }) };
	static override flags = { watch };

	async run(): Promise<CommitRun | undefined> {
		const { args, flags } = await this.parse(CiStatus);
		const context = await this.context();
		const { clock, config } = context;
		const github = await context.github();
		const commit = await commitOf({ ...context, github, root: config.root }, args.sha);
		const look = () => lookAtCommit(github, config.github.workflow, commit);
		const render = (seen: CommitRun) => renderCommitRun(seen, clock.now(), screenColumns());
		if (flags.watch) return this.watch({ look, render, clock });
		const seen = await this.seen({ look, render });
		if (seen.verdict === "running") this.exitWith("busy");
		else if (seen.verdict !== "success") this.exitWith("findings");
		return seen;
	}
}
