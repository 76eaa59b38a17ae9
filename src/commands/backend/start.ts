import { BackendCommand, backendFile, generateNginx, validate } from "../../cli/backend-command.ts";
import { startBackend, type Started } from "../../backend/start.ts";
import { renderReport } from "../../backend/status.ts";

export default class BackendStart extends BackendCommand {
	static override summary = "Start the servers of a backend and its gateway, and wait until they answer.";
	static override description =
		"They go on when the terminal is closed. A start that fails leaves nothing running; one that runs already is left alone.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> prod-config.yaml --generate-nginx",
	];
	static override args = { file: backendFile };
	static override flags = { "generate-nginx": generateNginx, validate };

	async run(): Promise<Started> {
		const { args, flags } = await this.parse(BackendStart);
		const { ports, place } = await this.backend(args.file);
		const started = await startBackend(ports, place, { generate: flags["generate-nginx"] });
		this.log(`${started.outcome === "reused" ? "runs already" : "up"}\n\n${renderReport(started.report)}`);
		return started;
	}
}
