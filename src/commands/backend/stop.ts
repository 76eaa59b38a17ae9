import { BackendCommand, backendFile, timeout } from "../../cli/backend-command.ts";
import { renderStopped, stopBackend, type Stopped } from "../../backend/stop.ts";

export default class BackendStop extends BackendCommand {
	static override summary = "Stop the gateway and the servers of a backend.";
	static override description =
		"Only processes that cres has started are stopped, with what they started. Whoever else holds a port is named; exit 3 then.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> prod-config.yaml --timeout 10",
	];
	static override args = { file: backendFile };
	static override flags = { timeout };

	async run(): Promise<Stopped> {
		const { args, flags } = await this.parse(BackendStop);
		const { ports, place } = await this.backend(args.file);
		const stopped = await stopBackend(ports, place, flags.timeout * 1_000);
		this.log(renderStopped(stopped));
		if (stopped.held.length > 0) this.exitWith("findings");
		return stopped;
	}
}
