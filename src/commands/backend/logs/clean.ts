import { BackendCommand, backendFile } from "../../../cli/backend-command.ts";
import { cleanLogs } from "../../../backend/logs.ts";

export default class BackendLogsClean extends BackendCommand {
	static override summary = "Empty the logs of a backend, also while it runs.";
	static override examples = ["<%= config.bin %> <%= command.id %>"];
	static override args = { file: backendFile };

	async run(): Promise<{ emptied: string[]; removed: string[] }> {
		const { args } = await this.parse(BackendLogsClean);
		const { place } = await this.backend(args.file);
		const cleaned = await cleanLogs(place);
		this.log(`emptied ${cleaned.emptied.length} logs, removed ${cleaned.removed.length} older ones`);
		return cleaned;
	}
}
