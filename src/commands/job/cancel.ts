import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { cancelJob, type Cancelled } from "../../temporal/job-list.ts";

export default class JobCancel extends BaseCommand {
	static override summary = "Ask a running job to end.";
	static override description = "The workflow is told to cancel and cleans up itself; what it stored stays.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> video-0123456789ab",
		"<%= config.bin %> <%= command.id %> video-0123456789ab --json",
	];
	static override args = {
		id: Args.string({ required: true, description: "Id of the job, as cres job list shows it." }),
	};

	async run(): Promise<Cancelled> {
		const { args } = await this.parse(JobCancel);
		const context = await this.context();
		const cancelled = await cancelJob(await context.temporal(), args.id);
		this.log(`${cancelled.workflowId} is asked to end; when it has: cres job list --all`);
		return cancelled;
	}
}
