import { BackendCommand, backendFile, drainTimeout, generateNginx, validate } from "../../cli/backend-command.ts";
import { restartBackend, type Restarted } from "../../backend/restart.ts";
import { renderReport } from "../../backend/status.ts";

export default class BackendRestart extends BackendCommand {
	static override summary = "Restart the servers of a backend: without a gap where a server has several instances.";
	static override description =
		"Servers with one instance do not answer meanwhile. Changed settings, or --generate-nginx, stop and start all of it.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> prod-config.yaml --generate-nginx",
		"<%= config.bin %> <%= command.id %> --timeout 10",
	];
	static override args = { file: backendFile };
	static override flags = { timeout: drainTimeout, "generate-nginx": generateNginx, validate };

	async run(): Promise<Restarted> {
		const { args, flags } = await this.parse(BackendRestart);
		const { ports, place } = await this.backend(args.file);
		const graceMs = flags.timeout === undefined ? undefined : flags.timeout * 1_000;
		const options = { generate: flags["generate-nginx"], graceMs };
		const restarted = await restartBackend(ports, place, options);
		this.log(
			`restarted${restarted.how === "in-place" ? " under the gateway that runs" : ""}\n\n${renderReport(restarted.report)}`,
		);
		return restarted;
	}
}
