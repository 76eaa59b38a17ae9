import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { readInput } from "../cli/input.ts";
import type { Destination } from "../store/save-result.ts";
import { jobOf } from "../temporal/jobs.ts";
import { renderJob } from "../temporal/render-job.ts";
import { runJob, type JobReport } from "../temporal/run-job.ts";

export default class Run extends BaseCommand {
	static override summary = "Start one job and follow it to its result.";
	static override description =
		"A job that runs already is joined, not started twice. Ctrl-C stops following; the job goes on.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> video --input https://example.com/talk.mp4 --output result",
		`<%= config.bin %> <%= command.id %> video --input '{"url":"https://example.com/talk.mp4"}' --json`,
		"<%= config.bin %> <%= command.id %> video --input @job.json --no-wait",
	];
	static override args = {
		workflow: Args.string({ required: true, description: "Workflow type, or its short name: video." }),
	};
	static override flags = {
		input: Flags.string({ summary: "JSON, a video's address, @FILE, or - for standard input.", required: true }),
		id: Flags.string({ summary: "Id of the execution; default: derived from the input." }),
		output: Flags.string({
			summary: "Directory to fetch the stored objects into, in a directory of the job.",
			exclusive: ["no-wait"],
		}),
		force: Flags.boolean({ summary: "Replace files of an earlier --output.", dependsOn: ["output"] }),
		"no-wait": Flags.boolean({ summary: "Start it and return, even if nobody polls its queue.", default: false }),
	};

	async run(): Promise<JobReport & { saved: string[] }> {
		const { args, flags } = await this.parse(Run);
		const job = jobOf(args.workflow, await readInput(flags.input, this.signal), flags.id);
		const { config, clock, progress, signal, ...context } = await this.context();
		const ports = { temporal: await context.temporal(), clock, progress, signal };
		const { output } = flags;
		const place = output === undefined ? undefined : { output, workflowId: job.workflowId, force: flags.force };
		if (place) await (await import("../store/save-result.ts")).assertFree(place);
		const report = await runJob(ports, job, { queue: config.queue, wait: !flags["no-wait"] });
		this.log(renderJob(report));
		const saved = place ? await this.#save(report.result, place) : [];
		return { ...report, saved };
	}

	async #save(result: unknown, place: Destination): Promise<string[]> {
		const { saveResult } = await import("../store/save-result.ts");
		const { progress, signal, ...context } = await this.context();
		const paths = await saveResult({ store: await context.store(), progress, signal }, result, place);
		for (const path of paths) this.log(`saved ${path}`);
		return paths;
	}
}
