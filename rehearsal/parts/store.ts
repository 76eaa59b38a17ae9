import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { answersHttp } from "../../src/system/answers.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import type { PartContext } from "../part.ts";

const accounts = ({ directory }: Pick<PartContext, "directory">): string => join(directory, "store.json");
const data = ({ directory }: Pick<PartContext, "directory">): string => join(directory, "store");

/** What the store finds when it starts: its folder, one random account, and those that the options name. */
export async function prepareStore(context: PartContext): Promise<void> {
	const { credentials, storeAccounts = [] } = context;
	await mkdir(data(context), { recursive: true });
	const identity = {
		name: "rehearsal",
		credentials: [credentials.store, ...storeAccounts],
		actions: ["Admin", "Read", "Write", "List", "Tagging"],
	};
	await writeDurably(accounts(context), JSON.stringify({ identities: [identity] }), { mode: 0o600 });
}

/** SeaweedFS with its S3 API. */
export const storeServer = (context: PartContext): string[] => {
	const { ports, venv } = context;
	return [
		join(venv, "bin", "weed"),
		"server",
		`-dir=${data(context)}`,
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
		`-s3.config=${accounts(context)}`,
	];
};

/** True when the store takes a request. */
export const answersStore = ({ ports }: PartContext): Promise<boolean> =>
	answersHttp(`http://127.0.0.1:${ports.store}/`);
