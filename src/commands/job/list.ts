import { Flags } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { taskQueue } from "../../contracts/queues.ts";
import { renderJobs, type JobList as Listed } from "../../temporal/job-list.ts";

export default class JobList extends LookingCommand {
	static override summary = "List the jobs that run, newest first.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --all --limit 50 --json",
	];
	static override flags = {
		all: Flags.boolean({ summary: "Also jobs that have ended, as long as Temporal keeps them.", default: false }),
		limit: Flags.integer({ summary: "How many at most.", default: 20, min: 1, max: 1000 }),
	};

	protected async look(): Promise<Listed> {
		const { flags } = await this.parse(JobList);
		const { config, clock, ...context } = await this.context();
		const temporal = await context.temporal();
		const wanted = { running: !flags.all, limit: flags.limit };
		const list = await temporal.listJobs(taskQueue(config.queue, "cpu"), wanted);
		this.log(renderJobs(list, clock.now(), screenColumns()));
		return list;
	}
}
