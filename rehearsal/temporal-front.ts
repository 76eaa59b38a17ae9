import { readFile } from "node:fs/promises";
import { serverTls } from "./certificates.ts";
import { startTlsFront } from "./tls-front.ts";

/** `temporal-front DIRECTORY PORT TARGET`: takes mTLS on loopback at PORT and speaks in clear to TARGET, a port there. */
const [directory = "", port, target] = process.argv.slice(2);
const paths = serverTls({ directory });
const [cert, key, ca] = await Promise.all([paths.cert, paths.key, paths.ca].map((path) => readFile(path, "utf8")));
const host = "127.0.0.1";
await startTlsFront({
	...{ cert: cert!, key: key!, ca: ca!, mutual: true },
	...{ host, port: Number(port), target: { host, port: Number(target) } },
});
