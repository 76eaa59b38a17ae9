import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { answersHttp } from "../../src/system/answers.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { servicePart } from "../service-part.ts";

/** SeaweedFS with its S3 API, one random account, and those that the options name. */
export const store = servicePart({
	name: "store",
	at: ({ ports }) => `http://127.0.0.1:${ports.store}`,
	async program({ directory, ports, venv, credentials, storeAccounts = [] }) {
		const data = join(directory, "store");
		await mkdir(data, { recursive: true });
		const identity = {
			name: "rehearsal",
			credentials: [credentials.store, ...storeAccounts],
			actions: ["Admin", "Read", "Write", "List", "Tagging"],
		};
		await writeDurably(join(directory, "store.json"), JSON.stringify({ identities: [identity] }), { mode: 0o600 });
		const args = [
			"server",
			`-dir=${data}`,
			"-ip=127.0.0.1",
			"-ip.bind=127.0.0.1",
			"-master.volumeSizeLimitMB=256",
			"-volume.max=20",
			`-master.port=${ports.storeMaster}`,
			`-master.port.grpc=${ports.storeMasterGrpc}`,
			`-volume.port=${ports.storeVolume}`,
			`-volume.port.grpc=${ports.storeVolumeGrpc}`,
			"-volume.preStopSeconds=0",
			"-filer",
			`-filer.port=${ports.storeFiler}`,
			`-filer.port.grpc=${ports.storeFilerGrpc}`,
			"-master.telemetry=false",
			"-s3",
			"-s3.port.iceberg=0",
			"-s3.port.lance=0",
			`-s3.port=${ports.store}`,
			`-s3.port.grpc=${ports.storeGrpc}`,
			`-s3.config=${join(directory, "store.json")}`,
		];
		return { file: join(venv, "bin", "weed"), args };
	},
	// It takes 15 s to leave in order, and what it holds goes with the perimeter.
	graceMs: 1_000,
	status: ({ ports }) => answersHttp(`http://127.0.0.1:${ports.store}/`),
});
