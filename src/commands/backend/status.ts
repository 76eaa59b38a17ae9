import { BackendCommand, backendFile } from "../../cli/backend-command.ts";
import { backendStatus, renderStatus, type BackendStatus } from "../../backend/status.ts";

export default class BackendStatusCommand extends BackendCommand {
	static override summary = "Show what runs of a backend, and whether it is healthy.";
	static override description = "Exits 3 when it is not up, or something of it is not healthy.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> prod-config.yaml --json",
	];
	static override args = { file: backendFile };

	async run(): Promise<BackendStatus> {
		const { args } = await this.parse(BackendStatusCommand);
		const { ports, place } = await this.backend(args.file);
		const status = await backendStatus(ports, place);
		this.log(renderStatus(status));
		if (!status.healthy) this.exitWith("findings");
		return status;
	}
}
