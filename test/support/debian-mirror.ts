import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Lock } from "../../src/image/lock-file.ts";

export const sha = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

interface Listed {
	name: string;
	version: string;
	depends?: string;
	size?: string;
}
const stanza = ({ name, version, depends, size = "9" }: Listed): string =>
	[
		...[`Package: ${name}`, `Version: ${version}`, ...(depends ? [`Depends: ${depends}`] : [])],
		...[`Description: a text`, ` Package: not one`, `Filename: pool/${name}_${version}.deb`, `Size: ${size}`],
		`SHA256: ${sha(name + version)}\n`,
	].join("\n");

/** What the mirror holds: suite and component → packages. */
export type Mirror = Record<string, Record<string, Listed[]>>;
/** The runtime and the backend for it, at these versions. */
export const mirror = (ggml: string, cuda: string): Mirror => ({
	forky: {
		main: [
			{ name: "libggml0-dev", version: "9" },
			{ name: "libggml0", version: ggml },
		],
	},
	sid: {
		contrib: [
			{
				name: "libggml0-backend-cuda",
				version: cuda,
				depends: "libggml0 (>= 0.27.0-1~), libc6 (>= 2.43), libcublas12, libcuda1 (>= 440) | libcuda.so.1 (>= 440)",
			},
		],
		"non-free": [
			{ name: "libcublas12", version: "12.4", depends: "libc6 (>= 2.34)" },
			{ name: "libcuda1", version: "550" },
		],
	},
});

/** Path → content of a mirror. */
export function filesOf(held: Mirror): Map<string, Buffer> {
	const files = new Map<string, Buffer>();
	for (const [suite, components] of Object.entries(held)) {
		const indexes = Object.entries(components).map(([component, packages]) => {
			const content = gzipSync(packages.map(stanza).join("\n"));
			files.set(`/dists/${suite}/${component}/binary-amd64/Packages.gz`, content);
			return ` ${sha(content)} ${content.byteLength} ${component}/binary-amd64/Packages.gz\n`;
		});
		const release = `Suite: ${suite}\nDate: Fri, 30 Oct 2026 08:08:01 UTC\nSHA256:\n${indexes.join("")}`;
		files.set(`/dists/${suite}/InRelease`, Buffer.from(release));
	}
	return files;
}

/** A lock file that pins what `mirror("0.27.0-1", "0.27.0-1")` has. */
export const locked = (origin: string): Lock => ({
	mirror: origin,
	archive: "https://archive.test/debian/20260101T000000Z",
	suite: "sid",
	runtime: { suite: "forky", component: "main", name: "libggml0", version: "0.27.0-1" },
	packages: [
		["libggml0-backend-cuda", "contrib", "0.27.0-1"],
		["libcublas12", "non-free", "12.4"],
	].map(([name, component, version]) => ({
		...{ name: name!, component: component!, version: version! },
		...{ path: `pool/${name}_${version}.deb`, size: 9, sha256: sha(name! + version!) },
	})),
});

/** A mirror on loopback; `files` may be replaced at any time. */
export async function startMirror(): Promise<AsyncDisposable & { origin: string; files: Map<string, Buffer> }> {
	const server = createServer(({ url }, response) => {
		const content = mirrored.files.get(url!);
		response.writeHead(content ? 200 : 404).end(content);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const mirrored = {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		files: new Map<string, Buffer>(),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
		},
	};
	return mirrored;
}
