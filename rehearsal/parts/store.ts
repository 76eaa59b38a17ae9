import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeTextAtomic } from "../../src/system/files.ts";
import { answersHttp, ensureService, startService, stopService, type Service } from "../process.ts";
import type { Part, PartContext } from "../part.ts";

const service = ({ directory }: PartContext): Service => ({ name: "store", directory });

/** SeaweedFS with its S3 API and one random account. */
export const store: Part = {
	name: "store",
	at: ({ ports }) => `http://127.0.0.1:${ports.store}`,
	up(context) {
		const { directory, ports, venv, credentials } = context;
		const start = async () => {
			const data = join(directory, "store");
			await mkdir(data, { recursive: true });
			const identity = {
				name: "rehearsal",
				credentials: [credentials.store],
				actions: ["Admin", "Read", "Write", "List", "Tagging"],
			};
			await writeTextAtomic(join(directory, "store.json"), JSON.stringify({ identities: [identity] }), 0o600);
			const args = [
				"server",
				`-dir=${data}`,
				"-ip=127.0.0.1",
				"-ip.bind=127.0.0.1",
				"-master.volumeSizeLimitMB=256",
				"-volume.max=20",
				`-master.port=${ports.storeMaster}`,
				`-volume.port=${ports.storeVolume}`,
				"-filer",
				`-filer.port=${ports.storeFiler}`,
				"-master.telemetry=false",
				"-s3",
				"-s3.port.iceberg=0",
				"-s3.port.lance=0",
				`-s3.port=${ports.store}`,
				`-s3.config=${join(directory, "store.json")}`,
			];
			await startService(service(context), join(venv, "bin", "weed"), args);
		};
		return ensureService(service(context), () => store.status(context), start);
	},
	down: (context) => stopService(service(context)),
	status: ({ ports }) => answersHttp(`http://127.0.0.1:${ports.store}/`),
};
