// The program that keeps one backend up: `backend-supervisor SPEC`, the file that cres backend start has written.
import { readFile } from "node:fs/promises";
import { specSchema } from "../backend/supervisor/spec.ts";
import { Supervisor } from "../backend/supervisor/supervisor.ts";
import { childEnvironment, namedEnvironment } from "../system/child-environment.ts";
import { systemClock } from "../system/clock.ts";
import { systemPiped } from "../system/piped.ts";
import { systemProcesses } from "../system/processes.ts";

const supervisor = new Supervisor(specSchema.parse(JSON.parse(await readFile(process.argv[2]!, "utf8"))), {
	processes: systemProcesses,
	piped: systemPiped,
	clock: systemClock,
	monotonic: () => performance.now(),
	environment: (own, names) => childEnvironment({ ...namedEnvironment(names), ...own }),
});
for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => void supervisor.stop());
process.on("SIGHUP", () => {}); // it outlives the terminal
// What fails beside the way must not end what keeps the servers up; its log is a file.
process.on("unhandledRejection", (error) =>
	process.stderr.write(`${String((error as Error | undefined)?.stack ?? error)}\n`),
);
process.exit(await supervisor.run());
