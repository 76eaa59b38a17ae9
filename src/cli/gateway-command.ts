import { Flags } from "@oclif/core";
import type { GatewayOutput } from "../backend/gateway-file.ts";
import { BackendCommand, backendFile } from "./backend-command.ts";

/** What both names of the command have in common. */
export abstract class GatewayCommand extends BackendCommand {
	static override args = { file: backendFile };
	static override flags = {
		output: Flags.string({ char: "o", summary: "Write it to this file instead.", helpValue: "FILE" }),
		validate: Flags.boolean({ summary: "Have nginx check it.", default: false }),
	};

	protected async print(): Promise<GatewayOutput> {
		const { args, flags } = await this.parse(GatewayCommand);
		const { ports, place } = await this.backend(args.file);
		const { gatewayOutput } = await import("../backend/gateway-file.ts");
		const made = await gatewayOutput(ports, place, flags);
		this.log(made.file === null ? made.text.trimEnd() : `written to ${made.file}`);
		if (made.valid) (await this.talk()).note("nginx accepts it");
		return made;
	}
}
