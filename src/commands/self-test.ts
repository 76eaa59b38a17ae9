import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { instance } from "../cli/flags.ts";
import { ROLES, type Role } from "../contracts/queues.ts";
import { renderSelfTest } from "../self-test/render.ts";
import { runSelfTest, type SelfTest as Tested } from "../self-test/run.ts";

export default class SelfTest extends BaseCommand {
	static override summary = "Test on the instance that its engines work on its hardware.";
	static override description =
		"As gpu: driver, devices, one transcription, one completion, both on the GPU, and its memory. As cpu: the programs that jobs call. Both: Temporal and the store. Changes nothing; takes at most 3 min; exits 1 when a check fails.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> gpu-1",
		"<%= config.bin %> <%= command.id %> gpu-1 --role cpu --json",
	];
	static override args = { instance };
	static override flags = {
		role: Flags.string({ summary: "Role to test; default: gpu where the instance has it.", options: ROLES }),
	};

	async run(): Promise<Tested> {
		const { args, flags } = await this.parse(SelfTest);
		const context = await this.context();
		const instance = await context.instance(args.instance);
		const test = await runSelfTest(context, instance, flags.role as Role | undefined);
		this.log(renderSelfTest(test));
		if (!test.ok) this.exitWith("failed");
		return test;
	}
}
