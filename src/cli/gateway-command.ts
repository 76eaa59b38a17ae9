import { Flags } from "@oclif/core";
import type { GatewayOptions, GatewayOutput } from "../backend/gateway-file.ts";
import { BackendCommand, backendFile } from "./backend-command.ts";

export const gatewayArgs = { file: backendFile };

/** Each command has them itself: of what it inherits oclif shows no flags of all commands, such as --json. */
export const gatewayFlags = {
	output: Flags.string({ char: "o", summary: "Write it to this file instead.", helpValue: "FILE" }),
	validate: Flags.boolean({ summary: "Have nginx check it.", default: false }),
};

/** What both names of the command have in common. */
export abstract class GatewayCommand extends BackendCommand {
	protected async print(file: string | undefined, options: GatewayOptions): Promise<GatewayOutput> {
		const { ports, place } = await this.backend(file);
		const { gatewayOutput } = await import("../backend/gateway-file.ts");
		const made = await gatewayOutput(ports, place, options);
		this.log(made.file === null ? made.text.trimEnd() : `written to ${made.file}`);
		if (made.valid) (await this.talk()).note("nginx accepts it");
		return made;
	}
}
